// SPDX-License-Identifier: MIT
// test-flags: 1 0
/* Each field of mallinfo, and what malloc_stats prints, against the walk and the C library's own account. It calls
 * the library's own on purpose: `make audit` calls that past obmalloc. */
#include <malloc.h>
#include <stdio.h>

#include "private_libc.h"
#include "target/target.h"

enum { BLOCKS = 24 };

static void *blocks[BLOCKS];

static void free_all(void) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
}

/* Blocks of many sizes, of which every third is free again: some wait, some are merged. */
static void make_holes(void) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(20u + i * i);
        if (!blocks[i]) {
            free_all();
            SKIP("the board has no RAM for so many blocks");
        }
    }
    for (unsigned i = 1; i < BLOCKS; i += 3) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
}

/* picolibc's own sets three fields, and leaves the others as they come. */
static struct mallinfo libc_own(void) {
    struct mallinfo own = private_mallinfo();
#if !ENTRY_LIBC_IS_REENTRANT
    return (struct mallinfo){.arena = own.arena,
                             .ordblks = own.ordblks,
                             .uordblks = own.uordblks,
                             .fordblks = own.fordblks};
#else
    return own;
#endif
}

static void check_fields(void) {
    struct mallinfo own = libc_own();
    struct mallinfo all = mallinfo();
    struct pools_statistics arena = statistics().arena;
    size_t free_bytes = arena.free_bytes + arena.pool_ready_bytes;
    CHECK_EQUAL(all.arena - own.arena, arena.region_bytes);
    CHECK_EQUAL(all.ordblks - own.ordblks, arena.free_chunks);
    CHECK_EQUAL(all.fordblks - own.fordblks, free_bytes);
    CHECK_EQUAL(all.uordblks - own.uordblks, arena.small_used_bytes + arena.large_used_bytes);
    CHECK_EQUAL(all.arena - all.uordblks - all.fordblks,
                arena.map_bytes + arena.large_header_bytes);
    if (!ENTRY_LIBC_IS_REENTRANT && flag() == 0) {
        return; /* the rest is not picolibc's to answer for */
    }
    CHECK_EQUAL(all.smblks - own.smblks, arena.pool_ready_blocks);
    CHECK_EQUAL(all.fsmblks - own.fsmblks, arena.pool_ready_bytes);
    CHECK_EQUAL(all.hblks, own.hblks);
    CHECK_EQUAL(all.hblkhd, own.hblkhd);
    CHECK_EQUAL(all.usmblks, own.usmblks);
    CHECK_EQUAL(all.keepcost, own.keepcost);
}

TEST(every_field_is_true) {
    check_fields();
    make_holes();
    check_fields();
    if (flag() == 1) {
        CHECK(mallinfo().smblks != 0 || mallinfo().ordblks > 1);
    }
    free_all();
    check_fields();
}

/* A block of n bytes makes n more of them used and n fewer of them free. */
TEST(used_and_free_bytes_follow_a_block) {
    void *first = SERVED(malloc(100)); /* the map is cleared, and the library's heap is there */
    struct mallinfo before = mallinfo();
    void *block = SERVED(malloc(200));
    struct mallinfo with = mallinfo();
    if (flag() == 1) {
        CHECK_EQUAL(with.uordblks - before.uordblks, malloc_usable_size(block));
        CHECK_EQUAL(before.fordblks - with.fordblks, malloc_usable_size(block));
    } else {
        CHECK(with.uordblks - before.uordblks >= malloc_usable_size(block));
    }
    free(block);
    CHECK_EQUAL(mallinfo().uordblks, before.uordblks);
    free(first);
}

#if ENTRY_LIBC_IS_REENTRANT
static char text[200];
static size_t text_length;

static int capture(struct _reent *reent, void *cookie, const char *from, int byte_count) {
    (void)reent;
    (void)cookie;
    for (int i = 0; i < byte_count && text_length < sizeof text - 1u; i++) {
        text[text_length++] = from[i];
    }
    return byte_count;
}

TEST(malloc_stats_prints_the_same) {
    make_holes();
    (void)fprintf(stderr, "\n"); /* what stdio allocates, it has */
    int (*write)(struct _reent *, void *, const char *, int) = stderr->_write;
    stderr->_write = capture;
    malloc_stats();
    stderr->_write = write;
    struct mallinfo info = mallinfo();
    struct obmalloc_statistics now = statistics();
    unsigned long most = now.libc_heap_high_water_bytes + now.arena.high_water_bytes;
    char expected[200];
    (void)snprintf(expected, sizeof expected,
                   "max system bytes = %10lu\nsystem bytes     = %10lu\nin use bytes     = %10lu\n",
                   most, (unsigned long)info.arena, (unsigned long)info.uordblks);
    CHECK(strcmp(text, expected) == 0);
    free_all();
}
#endif

TEST_LIST = {
    TEST_ENTRY(every_field_is_true),
    TEST_ENTRY(used_and_free_bytes_follow_a_block),
#if ENTRY_LIBC_IS_REENTRANT /* picolibc's malloc_stats is its own, and prints what mallinfo says */
    TEST_ENTRY(malloc_stats_prints_the_same),
#endif
};
