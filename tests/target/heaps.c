// SPDX-License-Identifier: MIT
/* Heaps beside the main one, over two static arrays: who serves, whose a block is, and how a heap
 * ends. */
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040
#include <malloc.h>
#include <stdlib.h>

#include "obmalloc_heap.h"
#include "target.h"

/* The layer by which newlib allocates for itself; picolibc has none. */
#ifdef __PICOLIBC__
#define libc_layer_realloc(block, request_bytes) realloc(block, request_bytes)
#define libc_layer_free(block)                   free(block)
#else
#include <reent.h>
#define libc_layer_realloc(block, request_bytes) _realloc_r(_REENT, block, request_bytes)
#define libc_layer_free(block)                   _free_r(_REENT, block)
#endif

enum { REGION_BYTES = 1536, REGION_COUNT = 2 };

/* The first and last 8 bytes are nobody's: a heap may not touch them. */
static struct __attribute__((aligned(8))) {
    char before[8];
    char region[REGION_BYTES];
    char behind[8];
} memory[REGION_COUNT] __attribute__((section(".noinit")));

static struct obmalloc_misuse last_misuse;
static unsigned misuse_count;

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    last_misuse = *report;
    misuse_count++;
}

static struct obmalloc_heap *early_heap;
static enum obmalloc_heap_status early_status;
static bool early_latched;

/* A heap may come before the flag is settled, and settles nothing. */
__attribute__((constructor(101))) static void create_before_main(void) {
    early_status =
        obmalloc_heap_create(memory[0].region, memory[0].region + REGION_BYTES, &early_heap);
    early_latched = obmalloc_boot_report().latched;
}

static struct obmalloc_heap *created(unsigned index) {
    struct obmalloc_heap *heap;
    memset(memory[index].before, 0x11, sizeof memory[index].before);
    memset(memory[index].behind, 0x22, sizeof memory[index].behind);
    memset(memory[index].region, 0xA5, REGION_BYTES);
    char *start = memory[index].region;
    CHECK_EQUAL(obmalloc_heap_create(start, start + REGION_BYTES, &heap), OBMALLOC_HEAP_OK);
    CHECK(heap != NULL);
    return heap;
}

/* Every case starts without heaps, also behind one that failed. */
static void end_all(void) {
    struct obmalloc_heap *heap;
    while ((heap = obmalloc_heap_next(NULL)) != NULL) {
        CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    }
    misuse_count = 0;
}

static struct obmalloc_heap_statistics statistics_of(const struct obmalloc_heap *heap) {
    struct obmalloc_heap_statistics now;
    CHECK(obmalloc_heap_statistics(heap, &now));
    return now;
}

/* The heap's walk finds nothing, its sums close, and what lies around its region is as it was. */
static void check_heap(const struct obmalloc_heap *heap, uint32_t live_blocks) {
    struct pools_finding finding;
    CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_OK);
    struct obmalloc_heap_statistics now = statistics_of(heap);
    struct pools_statistics sum = now.pools;
    CHECK_EQUAL(sum.map_bytes + sum.small_used_bytes + sum.large_used_bytes +
                    sum.large_header_bytes + sum.pool_ready_bytes + sum.free_bytes,
                sum.region_bytes);
    CHECK_EQUAL(now.header_bytes + sum.region_bytes + now.unused_bytes, REGION_BYTES);
    CHECK_EQUAL((char *)now.end - (char *)now.start, REGION_BYTES);
    CHECK_EQUAL(now.live_blocks, live_blocks);
    CHECK_EQUAL(sum.small_used_blocks + sum.large_used_blocks, live_blocks);
    for (unsigned i = 0; i < REGION_COUNT; i++) {
        if (heap == (void *)memory[i].region) {
            for (unsigned byte = 0; byte < 8; byte++) {
                CHECK_EQUAL(memory[i].before[byte], 0x11);
                CHECK_EQUAL(memory[i].behind[byte], 0x22);
            }
        }
    }
    check_sound();
}

static bool is_in(unsigned index, const void *block, size_t bytes) {
    uintptr_t offset = (uintptr_t)block - (uintptr_t)memory[index].region;
    return offset >= OBMALLOC_HEAP_HEADER_BYTES && offset + bytes <= REGION_BYTES;
}

static void check_misuse(enum obmalloc_misuse_kind kind, const char *entry_point,
                         const void *block) {
    CHECK_EQUAL(misuse_count, 1);
    CHECK_EQUAL(last_misuse.kind, kind);
    CHECK(strcmp(last_misuse.entry_point, entry_point) == 0);
    CHECK_EQUAL(last_misuse.pointer, block);
    misuse_count = 0;
}

/* Full newlib takes RAM in steps of 4 KiB, which the smallest board does not have under flag 0. */
static void need_main_room(void) {
    void *block = malloc(400);
    free(block);
    if (!block) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

TEST(before_main_and_before_the_flag) {
    CHECK_EQUAL(early_status, OBMALLOC_HEAP_OK);
    CHECK(!early_latched);
    void *block = obmalloc_heap_malloc(early_heap, 20);
    CHECK(is_in(0, block, 20));
    CHECK(!obmalloc_boot_report().latched);
    need_main_room();
    void *main_block = malloc(20);
    check_owner(main_block, 20);
    CHECK_EQUAL(obmalloc_heap_of(block), early_heap);
    free(block);
    free(main_block);
    CHECK_EQUAL(statistics_of(early_heap).live_blocks, 0);
    end_all();
}

TEST(serves_all_kinds_of_requests) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    check_heap(heap, 0);
    void *blocks[5];
    static const size_t sizes[] = {0, 8, 24, 200, 520};
    for (unsigned i = 0; i < 5; i++) {
        blocks[i] = obmalloc_heap_malloc(heap, sizes[i]);
        CHECK(is_in(0, blocks[i], sizes[i]));
        CHECK_EQUAL((uintptr_t)blocks[i] % 8, 0);
        CHECK(obmalloc_heap_usable_size(heap, blocks[i]) >= sizes[i]);
        fill(blocks[i], sizes[i], i);
        check_heap(heap, i + 1);
    }
    for (unsigned i = 0; i < 5; i++) {
        CHECK(is_filled(blocks[i], sizes[i], i));
        obmalloc_heap_free(heap, blocks[i]);
        check_heap(heap, 4 - i);
    }
    unsigned char *clean = obmalloc_heap_calloc(heap, 50, 4);
    CHECK(is_in(0, clean, 200));
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQUAL(clean[i], 0);
    }
    obmalloc_heap_free(heap, clean);
    for (size_t alignment = 8; alignment <= 128; alignment *= 2) {
        void *aligned = obmalloc_heap_memalign(heap, alignment, 40);
        CHECK(is_in(0, aligned, 40));
        CHECK_EQUAL((uintptr_t)aligned % alignment, 0);
        obmalloc_heap_free(heap, aligned);
    }
    check_heap(heap, 0);
    CHECK_EQUAL(misuse_count, 0);
    end_all();
}

TEST(grows_and_shrinks_in_its_region) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    static const size_t sizes[] = {20, 90, 300, 600, 100, 8};
    unsigned char *block = SERVED(obmalloc_heap_realloc(heap, NULL, 12));
    size_t old_bytes = 12;
    fill(block, old_bytes, 7);
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t kept_bytes = old_bytes < sizes[i] ? old_bytes : sizes[i];
        /* By the heap, by the public function, and by the C library's own layer, in turn. */
        block = i % 3 == 0   ? obmalloc_heap_realloc(heap, block, sizes[i])
                : i % 3 == 1 ? realloc(block, sizes[i])
                             : libc_layer_realloc(block, sizes[i]);
        CHECK(is_in(0, block, sizes[i]));
        CHECK(is_filled(block, kept_bytes, 7));
        fill(block, sizes[i], 7);
        old_bytes = sizes[i];
        check_heap(heap, 1);
    }
    free(block);
    check_heap(heap, 0);
    end_all();
}

TEST(public_functions_find_the_heap_by_the_address) {
    end_all();
    need_main_room();
    struct obmalloc_heap *heaps[] = {created(0), created(1)};
    void *main_block = malloc(40);
    for (unsigned i = 0; i < 2; i++) {
        void *small = SERVED(obmalloc_heap_malloc(heaps[i], 40));
        void *large = SERVED(obmalloc_heap_malloc(heaps[i], 600));
        void *third = SERVED(obmalloc_heap_malloc(heaps[i], 60));
        CHECK_EQUAL(obmalloc_heap_of(small), heaps[i]);
        CHECK_EQUAL(malloc_usable_size(small), obmalloc_heap_usable_size(heaps[i], small));
        CHECK(malloc_usable_size(large) >= 600);
        CHECK(!obmalloc_owns(small));
        free(small);
        check_heap(heaps[i], 2);
        libc_layer_free(large);
        free(third);
        check_heap(heaps[i], 0);
    }
    CHECK_EQUAL(obmalloc_heap_of(main_block), obmalloc_heap_main());
    CHECK_EQUAL(obmalloc_heap_of(&heaps), NULL);
    CHECK_EQUAL(obmalloc_heap_of(NULL), NULL);
    check_owner(main_block, 40);
    free(main_block);
    CHECK_EQUAL(misuse_count, 0);
    end_all();
}

TEST(a_full_heap_takes_nothing_from_another) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    struct obmalloc_heap *other = created(1);
    struct obmalloc_statistics before = statistics();
    unsigned count = 0;
    void *block, *last = NULL;
    errno = 0;
    while ((block = obmalloc_heap_malloc(heap, 40)) != NULL) {
        CHECK(is_in(0, block, 40));
        last = block;
        count++;
    }
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(count > 10);
    fill(last, 40, 3);
    errno = 0;
    CHECK_EQUAL(realloc(last, 400), NULL);
    CHECK_EQUAL(errno, ENOMEM);
    errno = 0;
    CHECK_EQUAL(obmalloc_heap_realloc(heap, last, SIZE_MAX), NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK_EQUAL(obmalloc_heap_calloc(heap, SIZE_MAX / 2 + 2, 2), NULL);
    CHECK(is_filled(last, 40, 3));
    CHECK_EQUAL(statistics_of(heap).failure_count, 4);
    check_heap(heap, count);
    check_heap(other, 0);
    struct obmalloc_statistics after = statistics();
    CHECK_EQUAL(after.arena_used_blocks, before.arena_used_blocks);
    CHECK_EQUAL(after.libc_heap_bytes, before.libc_heap_bytes);
    CHECK_EQUAL(after.failure_count, before.failure_count);
    CHECK_EQUAL(misuse_count, 0);
    end_all();
}

TEST(what_waits_in_the_pools_serves_larger_requests) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    void *blocks[8];
    for (unsigned i = 0; i < 8; i++) {
        blocks[i] = obmalloc_heap_malloc(heap, 100);
        CHECK(blocks[i] != NULL);
    }
    for (unsigned i = 0; i < 8; i++) {
        free(blocks[i]);
    }
    void *large = obmalloc_heap_malloc(heap, 1000);
    CHECK(is_in(0, large, 1000));
    check_heap(heap, 1);
    end_all();
}

TEST(bad_pointers_are_refused_and_named) {
    end_all();
    need_main_room();
    struct obmalloc_heap *heap = created(0);
    struct obmalloc_heap *other = created(1);
    char *block = SERVED(obmalloc_heap_malloc(heap, 40));
    char *freed = SERVED(obmalloc_heap_malloc(heap, 40));
    char *main_block = SERVED(malloc(40));
    fill(block, 40, 9);
    free(freed);

    free(freed);
    check_misuse(OBMALLOC_MISUSE_DOUBLE_FREE, "free", freed);
    free(block + 8);
    check_misuse(OBMALLOC_MISUSE_NOT_A_BLOCK, "free", block + 8);
    CHECK_EQUAL(realloc(block + 4, 10), NULL);
    check_misuse(OBMALLOC_MISUSE_MISALIGNED, "realloc", block + 4);
    CHECK_EQUAL(malloc_usable_size(heap), 0);
    check_misuse(OBMALLOC_MISUSE_FOREIGN, "malloc_usable_size", heap);
    obmalloc_heap_free(heap, freed);
    check_misuse(OBMALLOC_MISUSE_DOUBLE_FREE, "obmalloc_heap_free", freed);

    obmalloc_heap_free(other, block);
    check_misuse(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_free", block);
    obmalloc_heap_free(heap, main_block);
    check_misuse(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_free", main_block);
    obmalloc_heap_free(obmalloc_heap_main(), block);
    check_misuse(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_free", block);
    errno = 0;
    CHECK_EQUAL(obmalloc_heap_realloc(other, block, 10), NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_misuse(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_realloc", block);
    CHECK_EQUAL(obmalloc_heap_usable_size(other, block), 0);
    check_misuse(OBMALLOC_MISUSE_OTHER_HEAP, "obmalloc_heap_usable_size", block);
    obmalloc_heap_free(heap, &freed);
    check_misuse(OBMALLOC_MISUSE_FOREIGN, "obmalloc_heap_free", &freed);
    CHECK(strcmp(last_misuse.sentence, "the address is in no heap of this firmware") == 0);

    CHECK(is_filled(block, 40, 9));
    check_heap(heap, 1);
    check_heap(other, 0);
    check_owner(main_block, 40);
    CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_OTHER_HEAP], 5);
    free(main_block);
    end_all();
}

TEST(a_live_block_may_hold_the_key) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    uintptr_t *block = SERVED(obmalloc_heap_malloc(heap, 40));
    block[1] = (uintptr_t)heap;
    free(block);
    CHECK_EQUAL(misuse_count, 0);
    check_heap(heap, 0);
    free(block);
    CHECK_EQUAL(misuse_count, 1);
    end_all();
}

static enum obmalloc_heap_status refused(void *start, void *end) {
    struct obmalloc_heap *heap = (void *)memory;
    enum obmalloc_heap_status status = obmalloc_heap_create(start, end, &heap);
    CHECK_EQUAL(heap, NULL);
    CHECK(strlen(obmalloc_heap_sentence(status)) > 10);
    return status;
}

TEST(regions_that_cannot_be_are_refused) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    char *start = memory[1].region;
    char *end = start + REGION_BYTES;
    CHECK_EQUAL(refused(NULL, end), OBMALLOC_HEAP_REVERSED);
    CHECK_EQUAL(refused(start, NULL), OBMALLOC_HEAP_REVERSED);
    CHECK_EQUAL(refused(end, start), OBMALLOC_HEAP_REVERSED);
    CHECK_EQUAL(refused(start, start), OBMALLOC_HEAP_REVERSED);
    CHECK_EQUAL(refused(start + 4, end), OBMALLOC_HEAP_MISALIGNED);
    CHECK_EQUAL(refused(start, end - 1), OBMALLOC_HEAP_MISALIGNED);
    CHECK_EQUAL(refused(start, start + OBMALLOC_HEAP_BYTES_MIN - 8), OBMALLOC_HEAP_TOO_SMALL);
    char *other = memory[0].region;
    CHECK_EQUAL(refused(other, other + REGION_BYTES), OBMALLOC_HEAP_OVERLAPS_HEAP);
    CHECK_EQUAL(refused(other + REGION_BYTES - 8, end), OBMALLOC_HEAP_OVERLAPS_HEAP);
    CHECK_EQUAL(refused(memory[0].before, other + REGION_BYTES - 8), OBMALLOC_HEAP_OVERLAPS_HEAP);

    struct obmalloc_boot_report boot = obmalloc_boot_report();
    bool is_long = (size_t)((char *)boot.region.end - (char *)boot.region.start) >=
                   OBMALLOC_HEAP_BYTES_MIN; /* but where full newlib's own variables fill 8 KiB */
    CHECK_EQUAL(refused(boot.region.start, boot.region.end),
                is_long ? OBMALLOC_HEAP_OVERLAPS_MAIN : OBMALLOC_HEAP_TOO_SMALL);
    char *last = (char *)(((uintptr_t)boot.region.end & ~(uintptr_t)7) - 8);
    CHECK_EQUAL(refused(last, last + 4096), OBMALLOC_HEAP_OVERLAPS_MAIN);
    extern char __ram_start[], __stack_top[], __flash_start[];
    CHECK_EQUAL(refused(__ram_start, __stack_top), OBMALLOC_HEAP_OVERLAPS_STATE);
    char *stack = (char *)(((uintptr_t)boot.region.end + 7) & ~(uintptr_t)7);
    if ((size_t)(__stack_top - stack) >= OBMALLOC_HEAP_BYTES_MIN) {
        CHECK_EQUAL(refused(stack, __stack_top), OBMALLOC_HEAP_OVERLAPS_STACK);
    }
    check_heap(heap, 0);
    /* QEMU's STM32 ignores a store to its flash; that of other boards faults, or is RAM. */
    if ((uintptr_t)__flash_start == 0x08000000) {
        CHECK_EQUAL(refused(__flash_start + 8, __flash_start + 8 + OBMALLOC_HEAP_BYTES_MIN),
                    OBMALLOC_HEAP_NOT_RAM);
    }

    /* The shortest region serves. */
    end_all();
    CHECK_EQUAL(obmalloc_heap_create(start, start + OBMALLOC_HEAP_BYTES_MIN, &heap),
                OBMALLOC_HEAP_OK);
    CHECK(is_in(1, obmalloc_heap_malloc(heap, 248), 248));
    end_all();
}

TEST(end_with_live_blocks) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    void *first = obmalloc_heap_malloc(heap, 40);
    void *second = obmalloc_heap_malloc(heap, 600);
    uint32_t live = 99;
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, &live),
                OBMALLOC_HEAP_HAS_LIVE_BLOCKS);
    CHECK_EQUAL(live, 2);
    CHECK(is_in(0, obmalloc_heap_malloc(heap, 8), 8));
    check_heap(heap, 3);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, &live), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(live, 3);
    CHECK_EQUAL(obmalloc_heap_of(first), NULL);

    heap = created(0);
    first = obmalloc_heap_malloc(heap, 40);
    second = obmalloc_heap_malloc(heap, 600);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_ORPHAN, &live), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(live, 2);
    errno = 0;
    CHECK_EQUAL(obmalloc_heap_malloc(heap, 8), NULL);
    CHECK_EQUAL(errno, EINVAL);
    CHECK(statistics_of(heap).orphaned);
    second = realloc(second, 100);
    CHECK(is_in(0, second, 100));
    free(first);
    check_heap(heap, 1);
    CHECK_EQUAL(obmalloc_heap_of(memory[0].region), heap);
    free(second);
    CHECK_EQUAL(obmalloc_heap_of(memory[0].region), NULL);
    CHECK_EQUAL(misuse_count, 0);

    heap = created(0);
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_ORPHAN, &live), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(live, 0);
    CHECK_EQUAL(obmalloc_heap_next(NULL), NULL);
}

TEST(what_is_no_heap_is_refused) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    struct obmalloc_heap *other = created(1);
    void *block = obmalloc_heap_malloc(heap, 40);
    uint32_t live;
    CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    struct obmalloc_heap *no_heaps[] = {heap, NULL, (void *)memory[1].before, (void *)3};
    for (unsigned i = 0; i < sizeof no_heaps / sizeof no_heaps[0]; i++) {
        errno = 0;
        CHECK_EQUAL(obmalloc_heap_malloc(no_heaps[i], 8), NULL);
        CHECK_EQUAL(errno, EINVAL);
        CHECK_EQUAL(obmalloc_heap_calloc(no_heaps[i], 8, 1), NULL);
        CHECK_EQUAL(obmalloc_heap_memalign(no_heaps[i], 16, 1), NULL);
        CHECK_EQUAL(obmalloc_heap_realloc(no_heaps[i], NULL, 1), NULL);
        CHECK_EQUAL(obmalloc_heap_destroy(no_heaps[i], OBMALLOC_HEAP_RECLAIM, &live),
                    OBMALLOC_HEAP_NO_HEAP);
        struct obmalloc_heap_statistics nothing;
        CHECK(!obmalloc_heap_statistics(no_heaps[i], &nothing));
        struct pools_finding finding;
        CHECK_EQUAL(obmalloc_heap_check(no_heaps[i], &finding), POOLS_NOT_OWNED);
        CHECK_EQUAL(misuse_count, 0);
        obmalloc_heap_free(no_heaps[i], block);
        check_misuse(OBMALLOC_MISUSE_FOREIGN, "obmalloc_heap_free", block);
    }
    void *aligned = obmalloc_heap_memalign(other, 24, 8);
    CHECK_EQUAL(aligned, NULL);
    CHECK_EQUAL(errno, EINVAL);
    check_heap(other, 0);
    end_all();
}

TEST(main_heap_by_name) {
    end_all();
    need_main_room();
    struct obmalloc_heap *main = obmalloc_heap_main();
    void *block = obmalloc_heap_malloc(main, 40);
    check_owner(block, 40);
    CHECK(obmalloc_heap_usable_size(main, block) >= 40);
    fill(block, 40, 5);
    block = obmalloc_heap_realloc(main, block, 90);
    check_owner(block, 90);
    CHECK(is_filled(block, 40, 5));
    obmalloc_heap_free(main, block);
    unsigned char *clean = obmalloc_heap_calloc(main, 5, 8);
    check_owner(clean, 40);
    CHECK_EQUAL(clean[39], 0);
    obmalloc_heap_free(main, clean);
    block = obmalloc_heap_memalign(main, 32, 40);
    check_owner(block, 40);
    CHECK_EQUAL((uintptr_t)block % 32, 0);
    obmalloc_heap_free(main, block);
    CHECK_EQUAL(obmalloc_heap_destroy(main, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_IS_MAIN);
    struct obmalloc_heap_statistics now = statistics_of(main);
    CHECK_EQUAL(now.pools.region_bytes, statistics().arena.region_bytes);
    CHECK_EQUAL(misuse_count, 0);
}

TEST(damage_is_found) {
    end_all();
    struct obmalloc_heap *heap = created(0);
    uint32_t *block = SERVED(obmalloc_heap_malloc(heap, 16));
    void *behind = SERVED(obmalloc_heap_malloc(heap, 16));
    struct pools_finding finding;
    uint32_t *live_blocks =
        (uint32_t *)(void *)memory[0].region + OBMALLOC_HEAP_HEADER_BYTES / 4 - 2;
    CHECK_EQUAL(*live_blocks, 2);
    *live_blocks = 3;
    CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_CORRUPT);
    CHECK_EQUAL(finding.address, (uintptr_t)live_blocks);
    *live_blocks = 2;
    obmalloc_heap_free(heap, block);
    uint32_t link = block[0];
    block[0] = 4; /* a write after free */
    CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_CORRUPT);
    block[0] = link;
    check_heap(heap, 1);
    free(behind);
    end_all();
}

TEST_LIST = {
    TEST_ENTRY(before_main_and_before_the_flag),
    TEST_ENTRY(serves_all_kinds_of_requests),
    TEST_ENTRY(grows_and_shrinks_in_its_region),
    TEST_ENTRY(public_functions_find_the_heap_by_the_address),
    TEST_ENTRY(a_full_heap_takes_nothing_from_another),
    TEST_ENTRY(what_waits_in_the_pools_serves_larger_requests),
    TEST_ENTRY(bad_pointers_are_refused_and_named),
    TEST_ENTRY(a_live_block_may_hold_the_key),
    TEST_ENTRY(regions_that_cannot_be_are_refused),
    TEST_ENTRY(end_with_live_blocks),
    TEST_ENTRY(what_is_no_heap_is_refused),
    TEST_ENTRY(main_heap_by_name),
    TEST_ENTRY(damage_is_found),
};
