// SPDX-License-Identifier: MIT
/* RAM that was never used, and the marks set back. */
#include "obmalloc.h"
#include "state.h"
#include "target/target.h"

#ifdef __PICOLIBC__
#define _sbrk sbrk
#endif
void *_sbrk(ptrdiff_t increment_bytes);

/* The first of all calls is no allocation, and latches all the same; no ledger is linked. */
TEST(the_break_is_asked_for_first) {
    CHECK(!obmalloc_boot_report().latched);
    CHECK(_sbrk(0) == obmalloc_boot_report().region.start);
    CHECK(obmalloc_boot_report().latched);
}

TEST(what_was_never_used_shrinks_with_the_first_use_only) {
    size_t before = obmalloc_never_used_bytes();
    CHECK(before > 0);
    void *small = malloc(400);
    void *large = malloc(4000);
    size_t used = obmalloc_never_used_bytes();
    CHECK(used < before && before - used >= 4400);
    free(small);
    free(large);
    CHECK_EQUAL(obmalloc_never_used_bytes(), used);
    small = malloc(400);
    large = malloc(4000);
    CHECK_EQUAL(obmalloc_never_used_bytes(), used);
    free(small);
    free(large);
    /* All that the C library has is all that there is, less what the arena has. */
    CHECK(obmalloc_libc_room_bytes(&obmalloc_state) <=
          (size_t)((char *)obmalloc_state.region.end - (char *)obmalloc_state.region.start));
}

TEST(the_marks_begin_anew) {
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = malloc(512);
    }
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    size_t used = obmalloc_never_used_bytes();
    obmalloc_restart_high_water();
    CHECK(obmalloc_never_used_bytes() >= used);
    CHECK_EQUAL(statistics().libc_heap_high_water_bytes, statistics().libc_heap_bytes);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(the_break_is_asked_for_first),
             TEST_ENTRY(what_was_never_used_shrinks_with_the_first_use_only),
             TEST_ENTRY(the_marks_begin_anew)};
