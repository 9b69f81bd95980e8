// SPDX-License-Identifier: MIT
/* C++'s containers, pointers and functions: whatever is refused, bad_alloc arrives, nothing is leaked, and what was there
 * before the step that failed is there still. */
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "oom/again.h"
#include "oom/programs/program.h"

namespace {

/* A step that is refused is undone, and the next follows. */
template <typename Step> void attempt(Step step) {
    try {
        step();
    } catch (const std::bad_alloc &) {
        program_refused();
    }
}

/* Without memory for an exception nothing is left but this. */
[[noreturn]] void terminated() {
    again_stopped = true;
    program_refused();
    std::exit(program_end());
}

std::string long_text(int number) {
    return "a text that no small string holds, number " + std::to_string(number);
}

void vectors() {
    std::vector<std::string> texts;
    for (int i = 0; i < 20; i++) {
        const std::size_t before = texts.size();
        attempt([&] {
            try {
                texts.push_back(long_text(i));
            } catch (...) {
                HOLDS(texts.size() == before);
                throw;
            }
        });
    }
    for (const std::string &text : texts) {
        HOLDS(text.compare(0, 6, "a text") == 0);
    }
    attempt([&] {
        std::vector<std::string> copy(texts);
        copy.resize(40, "filled up with more of the same text");
        HOLDS(copy.size() == 40);
    });
}

void maps() {
    std::map<int, std::string> ordered;
    std::unordered_map<std::string, std::unique_ptr<int>> hashed;
    for (int i = 0; i < 12; i++) {
        attempt([&] { ordered[i * 7 % 12] = long_text(i); });
        attempt([&] { hashed.emplace(long_text(i), std::make_unique<int>(i)); });
    }
    int last = -1;
    for (const auto &pair : ordered) {
        HOLDS(pair.first > last);
        last = pair.first;
    }
    for (const auto &pair : hashed) {
        HOLDS(!pair.second || pair.first == long_text(*pair.second));
    }
}

struct Node {
    std::shared_ptr<Node> next;
    std::function<int(int)> apply;
    explicit Node(int summand) : apply([=](int value) { return value + summand; }) {
    }
};

void pointers() {
    std::shared_ptr<Node> head;
    std::deque<std::weak_ptr<Node>> watched;
    std::list<std::function<int()>> calls;
    for (int i = 0; i < 10; i++) {
        attempt([&] {
            auto node = std::make_shared<Node>(i);
            node->next = head;
            head = node;
            watched.push_back(node);
            std::string kept = long_text(i);
            calls.push_back([kept, i] { return static_cast<int>(kept.size()) + i; });
        });
    }
    int sum = 0;
    for (const auto &call : calls) {
        sum += call() > 0;
    }
    HOLDS(sum == static_cast<int>(calls.size()));
    head.reset();
    for (const auto &node : watched) {
        HOLDS(node.expired());
    }
}

struct alignas(64) Line {
    char bytes[64];
};

void arrays() {
    attempt([] {
        std::unique_ptr<int[]> numbers(new int[300]());
        HOLDS(numbers[299] == 0);
    });
    attempt([] {
        std::unique_ptr<Line> line(new Line);
        HOLDS(reinterpret_cast<std::uintptr_t>(line.get()) % 64 == 0);
    });
    int *numbers = new (std::nothrow) int[10];
    if (numbers == nullptr) {
        program_refused();
    }
    delete[] numbers;
}

} // namespace

int main() {
    (void)std::set_terminate(terminated);
    vectors();
    maps();
    pointers();
    arrays();
    return program_end();
}
