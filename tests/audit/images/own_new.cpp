// SPDX-License-Identifier: MIT
// Replaces operator new and delete by a heap of its own, where the C++ library's would come to malloc.
#include <cstddef>
#include <new>

namespace {
alignas(8) char new_memory[1024];
std::size_t new_used;
}

void *operator new(std::size_t bytes) {
    std::size_t start = new_used;
    new_used = (new_used + bytes + 7) % sizeof new_memory & ~std::size_t(7);
    return new_memory + start;
}

void operator delete(void *) noexcept {}
void operator delete(void *, std::size_t) noexcept {}
