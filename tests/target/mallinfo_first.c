// SPDX-License-Identifier: MIT
/* mallinfo before the C library has a heap. It calls the library's own on purpose: `make audit` calls that
 * a bypass. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "private_libc.h"
#include "target.h"

/* The arena alone under flag 1, the library alone under flag 0. */
TEST(mallinfo_before_libc_has_a_heap) {
    free(malloc(40));
    struct mallinfo info = mallinfo();
    if (flag() == 0) {
        struct mallinfo own = private_mallinfo();
#if ENTRY_LIBC_IS_REENTRANT
        CHECK(memcmp(&info, &own, sizeof own) == 0);
#else
        /* picolibc leaves the other fields as they come. */
        CHECK_EQUAL(info.arena, own.arena);
        CHECK_EQUAL(info.ordblks, own.ordblks);
        CHECK_EQUAL(info.uordblks, own.uordblks);
        CHECK_EQUAL(info.fordblks, own.fordblks);
#endif
        return;
    }
    struct obmalloc_statistics now = statistics();
    CHECK_EQUAL(now.libc_heap_bytes, 0);
    CHECK_EQUAL(info.arena, now.arena.region_bytes);
    CHECK_EQUAL(info.uordblks, now.arena_used_bytes);
}

TEST_LIST = {TEST_ENTRY(mallinfo_before_libc_has_a_heap)};
