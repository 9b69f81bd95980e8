// SPDX-License-Identifier: MIT
// Static objects that allocate as they are constructed, and the runtime, which keeps a pool of memory for
// exceptions that are thrown when there is no other.
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "obmalloc_heap.h"
#include "obmalloc_ledger.h"
#include "report.h"

extern "C" {
#include "harness/board_text.h"
}

namespace {

struct Table {
    int *cells;
    Table() : cells(static_cast<int *>(std::malloc(52))) {
        asm volatile("");
    }
};

Table table;
std::vector<int> numbers(30, 7);

// Never thrown: that there is a throw is what draws in the runtime's pool, and newlib-nano's C++ library
// cannot unwind.
__attribute__((noinline)) int thrown(int value) {
    if (value > 100) {
        throw value;
    }
    return 0;
}

} // namespace

int main() {
    report_ledger();
    try {
        return thrown(numbers[0]);
    } catch (int value) {
        text_print("check caught %d\n", value);
    }
    return table.cells == nullptr || obmalloc_heap_of(table.cells) != obmalloc_heap_main() ||
           obmalloc_ledger()->block_count == 0;
}
