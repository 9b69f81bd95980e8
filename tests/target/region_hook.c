// SPDX-License-Identifier: MIT
/* A region that the boot hook names, as it would for RAM that is probed or external. */
#include <unistd.h>

#include "target.h"

enum { REGION_BYTES = 4096, ARENA_BYTES = 1536 };

static _Alignas(256) char external_ram[REGION_BYTES];

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->start = external_ram;
    region->end = external_ram + REGION_BYTES;
    region->arena_bytes = ARENA_BYTES;
}

TEST(the_hook_has_the_last_word) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    CHECK(!boot.boot_region_ignored);
    CHECK_EQUAL((uintptr_t)boot.region.start, (uintptr_t)external_ram);
    CHECK_EQUAL((uintptr_t)boot.region.end, (uintptr_t)external_ram + REGION_BYTES);
    CHECK_EQUAL((uintptr_t)boot.arena_start, (uintptr_t)boot.region.end - ARENA_BYTES);
    void *small = malloc(64);
    void *large = malloc(600);
    check_owner(small, 64);
    check_owner(large, 600);
    CHECK((char *)large >= external_ram && (char *)large < external_ram + REGION_BYTES);
    free(small);
    free(large);
}

TEST(sbrk_is_bounded_at_both_ends) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    char *limit = flag() == 1 ? boot.arena_start : boot.region.end;
    static const ptrdiff_t refused[] = {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MIN + 1, REGION_BYTES + 1,
                                        -REGION_BYTES - 1};
    char *heap_break = sbrk(0);
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        errno = 0;
        CHECK(sbrk(refused[i]) == (void *)-1);
        CHECK_EQUAL(errno, ENOMEM);
        CHECK_EQUAL((uintptr_t)sbrk(0), (uintptr_t)heap_break);
    }
    ptrdiff_t room = limit - heap_break;
    CHECK(sbrk(room + 1) == (void *)-1);
    CHECK_EQUAL((uintptr_t)sbrk(room), (uintptr_t)heap_break);
    CHECK(sbrk(1) == (void *)-1);
    CHECK_EQUAL((uintptr_t)sbrk(-room), (uintptr_t)limit);
    CHECK(sbrk((char *)boot.region.start - heap_break - 1) == (void *)-1);
    CHECK_EQUAL(statistics().libc_heap_high_water_bytes,
                (size_t)(limit - (char *)boot.region.start));
}

TEST_LIST = {
    TEST_ENTRY(the_hook_has_the_last_word),
    TEST_ENTRY(sbrk_is_bounded_at_both_ends),
};
