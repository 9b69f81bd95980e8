// SPDX-License-Identifier: MIT
// Allocates in the ways that C++ has, before main and in it.
#include <cstdint>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "matrix.h"

namespace {

std::string early_string("a string that is longer than the object which holds it");
std::vector<int> early_vector{1, 2, 3, 4, 5};
int *early_array = new int[20]();

struct alignas(64) Wide {
    char bytes[64];
};

struct Node {
    Node *next;
    char bytes[500];
};

volatile std::size_t huge_bytes = PTRDIFF_MAX - 200;
char *volatile sink; // or the compiler leaves out the call

void check_before_main() {
    expect("string before main", at_home(early_string.data()) && early_string.back() == 't');
    expect("vector before main", at_home(early_vector.data()) && early_vector[4] == 5);
    expect("new before main", at_home(early_array) && early_array[19] == 0);
    delete[] early_array;
}

void check_new() {
    int *one = new int(7);
    expect("new", at_home(one) && *one == 7);
    delete one;
    char *many = new char[300];
    expect("new[]", at_home(many));
    delete[] many;
    many = new (std::nothrow) char[300];
    expect("nothrow new", at_home(many));
    delete[] many;
    Wide *wide = new Wide;
    expect("aligned new", at_home(wide) && reinterpret_cast<std::uintptr_t>(wide) % 64 == 0);
    delete wide;
    wide = new (std::nothrow) Wide[3];
    expect("aligned nothrow new", at_home(wide) && reinterpret_cast<std::uintptr_t>(wide) % 64 == 0);
    delete[] wide;
}

void check_no_room() {
    sink = new (std::nothrow) char[huge_bytes];
    expect("nothrow new without room", sink == nullptr);
    bool caught = false;
    try {
        sink = new char[huge_bytes];
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    expect("bad_alloc", caught);
}

// To the last byte: the exception itself finds no memory then but the library's emergency pool.
void check_exhaustion() {
    Node *nodes = nullptr;
    unsigned count = 0;
    bool caught = false;
    try {
        for (;;) {
            Node *node = new Node;
            node->next = nodes;
            nodes = node;
            count++;
        }
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    bool again = false;
    while (nodes != nullptr) {
        Node *next = nodes->next;
        delete nodes;
        nodes = next;
    }
    nodes = new (std::nothrow) Node;
    again = at_home(nodes);
    delete nodes;
    expect("bad_alloc at the end of memory", caught && count > 50 && again);
}

void check_containers() {
    std::map<int, std::string> map;
    std::unordered_map<std::string, int> table;
    std::vector<std::string> vector;
    for (int i = 0; i < 60; i++) {
        const std::string text = "entry number " + std::to_string(i * 7919);
        map.emplace(i * 37 % 61, text);
        table[text] = i;
        vector.push_back(text);
    }
    bool held = map.size() == 60 && table.size() == 60 && vector.size() == 60;
    bool home = at_home(vector.data());
    for (int i = 0; i < 60; i++) {
        const auto place = map.find(i * 37 % 61);
        held = held && place != map.end() && place->second == vector[i] && table.at(vector[i]) == i;
        home = home && at_home(&*place) && at_home(&*table.find(vector[i])) && at_home(vector[i].data());
    }
    expect("containers hold", held);
    expect("containers are at home", home);
    map.clear();
    table.erase(vector.front());
    expect("containers shrink", table.size() == 59 && map.empty());
}

void check_exception() {
    bool home = false;
    std::string text;
    try {
        throw std::runtime_error("a sentence that is told to whom it may concern");
    } catch (const std::exception &exception) {
        home = at_home(&exception) && at_home(exception.what());
        text = exception.what();
    }
    expect("exception", home && text.size() == 46);
}

} // namespace

void check_cxx() {
    check_before_main();
    check_new();
    check_no_room();
    check_exhaustion();
    check_containers();
    check_exception();
}
