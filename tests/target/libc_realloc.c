// SPDX-License-Identifier: MIT
/* A block of the C library's that moves down, from near the end of RAM: no more is read of it than it has. */
#include "target.h"

enum { BLOCK_BYTES = 600 };

/* What stays beside the hole: the block, one behind it, and what sbrk gives beyond requests. */
#if defined(_NANO_FORMATTED_IO) || defined(__PICOLIBC__)
enum { BESIDE_BYTES = 2 * BLOCK_BYTES + 128 };
#else
enum { BESIDE_BYTES = 2 * BLOCK_BYTES + 4096 + 64 };
#endif

/* Under flag 0 the library's own realloc answers, and nano's reads as much of the old block as the new one is to
 * have: so much lies above every heap, its stack. */
enum { HARMLESS_BYTES = 1800 };

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->arena_bytes = 1024;
}

TEST(a_block_moves_down_into_a_hole) {
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    size_t room_bytes = (size_t)((char *)boot.region.end - (char *)boot.region.start) - 1024;
    size_t hole_bytes = flag() == 1 ? room_bytes - BESIDE_BYTES : HARMLESS_BYTES;
    if (room_bytes < BESIDE_BYTES + HARMLESS_BYTES) {
        SKIP("libc's part of this board's RAM is too small");
    }
    char *hole = malloc(hole_bytes);
    char *block = malloc(BLOCK_BYTES);
    char *wall = malloc(BLOCK_BYTES);
    CHECK(is_in_libc_heap(hole) && is_in_libc_heap(block) && is_in_libc_heap(wall));
    CHECK(hole < block && block < wall);
    fill(block, BLOCK_BYTES, 3);
    free(hole);
    uint32_t blocks = statistics().libc_used_blocks;
    errno = 0;
    char *moved = realloc(block, hole_bytes - 64);
    CHECK(moved != NULL && moved < block && is_filled(moved, BLOCK_BYTES, 3));
    CHECK_EQUAL(errno, 0);
    CHECK_EQUAL(statistics().libc_used_blocks, blocks);
    CHECK(realloc(moved, BLOCK_BYTES) != NULL && is_filled(moved, BLOCK_BYTES, 3));
    free(moved);
    free(wall);
    check_sound();
}

TEST_LIST = {
    TEST_ENTRY(a_block_moves_down_into_a_hole),
};
