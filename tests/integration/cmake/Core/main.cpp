// SPDX-License-Identifier: MIT
/* Allocates in the ways of C++, and says whose each block is. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <obmalloc.h>
#include <string>
#include <unordered_map>
#include <vector>

static const char *owner(const void *block) {
    return block == nullptr ? "nobody" : obmalloc_owns(block) ? "arena" : "libc";
}

static void say(const char *what, const void *block) {
    std::printf("%s: %s\n", what, owner(block));
}

struct Registry {
    std::map<std::string, int> names;
    Registry() {
        names["a name that is too long to lie within the string itself"] = 1;
    }
};
static Registry registry;

struct alignas(64) Line {
    char bytes[64];
};

/* Containers that grow and shrink. Returns false iff one of them lost something. */
static bool exercise() {
    std::unordered_map<std::uint32_t, std::string> table;
    std::vector<std::uint32_t> order;
    std::uint32_t random = 1;
    for (int step = 0; step < 3000; step++) {
        random = random * 1664525u + 1013904223u;
        const std::uint32_t key = random >> 25;
        table[key] = std::string(key, static_cast<char>('a' + key % 26));
        order.push_back(key);
        if (order.size() > 100) {
            table.erase(order.front());
            order.erase(order.begin());
        }
        for (const auto &entry : table) {
            if (entry.second.size() != entry.first) {
                return false;
            }
        }
    }
    return true;
}

int main() {
    say("static constructor", &*registry.names.begin());
    auto number = std::make_unique<int>(1);
    say("new int", number.get());
    auto array = std::make_unique<char[]>(1000);
    say("new char[1000]", array.get());
    auto large = std::unique_ptr<char[]>(new (std::nothrow) char[700]);
    say("new (nothrow) char[700]", large.get());
    auto line = std::make_unique<Line>();
    const bool aligned = reinterpret_cast<std::uintptr_t>(line.get()) % alignof(Line) == 0;
    say(aligned ? "new, aligned" : "new, MISALIGNED", line.get());
    std::string text(600, 'x');
    say("string of 600", text.data());
    std::vector<int> integers(20);
    say("vector of 20 int", integers.data());
    const bool held = exercise();
    std::printf("contents: %s\n", held ? "held" : "LOST");
    return !held;
}
