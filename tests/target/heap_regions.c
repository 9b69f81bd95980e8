// SPDX-License-Identifier: MIT
/* Heaps over RAM that the linker script names beside the firmware's own: CCM, a second SRAM, PSRAM. */
#include <malloc.h>

#include "obmalloc_heap.h"
#include "registers.h"
#include "target.h"

/* Absent where the board has no such RAM. */
#define REGION(name)                                                                               \
    extern char name##_heap_start[] __attribute__((weak)), name##_heap_end[] __attribute__((weak))
REGION(ccm);
REGION(sram3);
REGION(psram);

struct region {
    char *start, *end;
};

static struct region regions[3];
static unsigned region_count;

#if __ARM_ARCH_ISA_THUMB >= 2
#define REGISTER_VTOR REGISTER(0xE000ED08)

/* Says 0 in the place of the 1 that is_there() has in r1, and goes on behind its load. */
static __attribute__((naked)) void no_memory(void) {
    __asm__ volatile("   ldr  r0, [sp, #24]\n"
                     "   adds r0, #2\n"
                     "   str  r0, [sp, #24]\n"
                     "   movs r0, #0\n"
                     "   str  r0, [sp, #4]\n"
                     "   ldr  r2, =0xE000ED28\n"
                     "   ldr  r3, [r2]\n"
                     "   str  r3, [r2]\n"
                     "   bx   lr\n"
                     "   .ltorg\n");
}

/* Returns true iff a load from the address ends without a bus fault. */
static bool is_there(const void *address) {
    enum { VECTOR_COUNT = 16, BUS_FAULT = 5 };
    static __attribute__((aligned(128))) uint32_t vectors[VECTOR_COUNT];
    uint32_t before = *REGISTER_VTOR;
    memcpy(vectors, (const void *)(uintptr_t)before, sizeof vectors);
    vectors[BUS_FAULT] = (uintptr_t)no_memory;
    *REGISTER_VTOR = (uintptr_t)vectors;
    register uint32_t r0 __asm__("r0") = (uintptr_t)address;
    register uint32_t r1 __asm__("r1") = 1;
    __asm__ volatile("dsb\n isb\n ldr.n r0, [r0]\n dsb" : "+r"(r0), "+r"(r1)::"r2", "r3", "memory");
    *REGISTER_VTOR = before;
    return r1 != 0;
}
#else
static bool is_there(const void *address) {
    return address != NULL;
}
#endif

static void note_region(char *start, char *end) {
    if (start != NULL && is_there(start)) {
        regions[region_count++] = (struct region){start, end};
    }
}

/* QEMU 7.2 has the STM32F405's CCM not at 0x10000000 but behind the SRAM. */
static void note_ccm(void) {
    enum { QEMU_IS_ABOVE = 0x10020000 };
    note_region(ccm_heap_start, ccm_heap_end);
    if (region_count == 0 && ccm_heap_start != NULL) {
        note_region(ccm_heap_start + QEMU_IS_ABOVE, ccm_heap_end + QEMU_IS_ABOVE);
    }
}

static void need_regions(void) {
    struct obmalloc_heap *heap;
    while ((heap = obmalloc_heap_next(NULL)) != NULL) {
        CHECK_EQUAL(obmalloc_heap_destroy(heap, OBMALLOC_HEAP_RECLAIM, NULL), OBMALLOC_HEAP_OK);
    }
    region_count = 0;
    note_ccm();
    note_region(sram3_heap_start, sram3_heap_end);
    note_region(psram_heap_start, psram_heap_end);
    if (region_count == 0) {
        SKIP("the board's linker script names no RAM beside the firmware's");
    }
}

static struct obmalloc_heap *created(struct region region) {
    struct obmalloc_heap *heap;
    CHECK_EQUAL(obmalloc_heap_create(region.start, region.end, &heap), OBMALLOC_HEAP_OK);
    return heap;
}

static bool is_in(struct region region, const void *block, size_t bytes) {
    const char *address = block;
    return address >= region.start && address + bytes <= region.end;
}

static void check_heap(const struct obmalloc_heap *heap, struct region region, uint32_t blocks) {
    struct pools_finding finding;
    struct obmalloc_heap_statistics now;
    CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_OK);
    CHECK(obmalloc_heap_statistics(heap, &now));
    CHECK_EQUAL(now.start, region.start);
    CHECK_EQUAL(now.end, region.end);
    CHECK_EQUAL(now.header_bytes + now.pools.region_bytes + now.unused_bytes,
                region.end - region.start);
    CHECK_EQUAL(now.live_blocks, blocks);
    CHECK_EQUAL(now.pools.small_used_blocks + now.pools.large_used_blocks, blocks);
}

static uint32_t random_state;

static uint32_t next_random(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* A list of blocks in each region at once, freed by the public functions, which have to tell whose each
 * is; every block keeps what was written into it. */
TEST(a_storm_in_all_regions_at_once) {
    enum { SLOT_COUNT = 48, STEP_COUNT = 6000, OWNER_COUNT = 4 };
    static struct {
        unsigned char *block;
        size_t bytes;
        unsigned owner;
    } slots[SLOT_COUNT];
    need_regions();
    memset(slots, 0, sizeof slots);
    random_state = 1;
    struct obmalloc_heap *heaps[OWNER_COUNT];
    uint32_t blocks[OWNER_COUNT] = {0};
    for (unsigned i = 0; i < region_count; i++) {
        heaps[i] = created(regions[i]);
    }
    heaps[region_count] = obmalloc_heap_main();
    for (unsigned step = 0; step < STEP_COUNT; step++) {
        unsigned slot = next_random() % SLOT_COUNT;
        if (slots[slot].block != NULL) {
            CHECK(is_filled(slots[slot].block, slots[slot].bytes, slot));
            CHECK_EQUAL(obmalloc_heap_of(slots[slot].block), heaps[slots[slot].owner]);
            CHECK(malloc_usable_size(slots[slot].block) >= slots[slot].bytes);
        }
        size_t bytes = next_random() % (next_random() % 8 == 0 ? 1500 : 200) + 1;
        if (slots[slot].block == NULL) {
            slots[slot].owner = next_random() % (region_count + 1);
            slots[slot].block = obmalloc_heap_malloc(heaps[slots[slot].owner], bytes);
            blocks[slots[slot].owner]++;
        } else if (next_random() % 3 == 0) {
            slots[slot].block = realloc(slots[slot].block, bytes);
        } else {
            free(slots[slot].block);
            blocks[slots[slot].owner]--;
            slots[slot].block = NULL;
            continue;
        }
        CHECK(slots[slot].block != NULL);
        if (slots[slot].owner < region_count) {
            CHECK(is_in(regions[slots[slot].owner], slots[slot].block, bytes));
        }
        slots[slot].bytes = bytes;
        fill(slots[slot].block, bytes, slot);
    }
    for (unsigned i = 0; i < region_count; i++) {
        check_heap(heaps[i], regions[i], blocks[i]);
    }
    check_sound();
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        free(slots[slot].block);
    }
    for (unsigned i = 0; i < region_count; i++) {
        check_heap(heaps[i], regions[i], 0);
        CHECK_EQUAL(obmalloc_heap_destroy(heaps[i], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    }
    CHECK_EQUAL(statistics().misuse_count[OBMALLOC_MISUSE_NOT_A_BLOCK], 0);
    check_sound();
}

/* One block of nearly the whole region, written from end to end: it is RAM as long as it says. */
TEST(the_whole_region_is_there) {
    need_regions();
    for (unsigned i = 0; i < region_count; i++) {
        struct obmalloc_heap *heap = created(regions[i]);
        struct obmalloc_heap_statistics now;
        CHECK(obmalloc_heap_statistics(heap, &now));
        size_t bytes = now.pools.largest_free_bytes;
        CHECK(bytes > (size_t)(regions[i].end - regions[i].start) / 64 * 62);
        char *block = obmalloc_heap_malloc(heap, bytes);
        CHECK(is_in(regions[i], block, bytes));
        for (size_t offset = 0; offset < bytes; offset += 4096) {
            block[offset] = (char)(offset >> 12);
        }
        block[bytes - 1] = 0x5A;
        for (size_t offset = 0; offset < bytes; offset += 4096) {
            CHECK_EQUAL((unsigned char)block[offset], (unsigned char)(offset >> 12));
        }
        CHECK_EQUAL(block[bytes - 1], 0x5A);
        CHECK_EQUAL(obmalloc_heap_malloc(heap, bytes), NULL);
        check_heap(heap, regions[i], 1);
        free(block);
        check_heap(heap, regions[i], 0);
    }
}

TEST(there_is_a_limit_to_the_heaps) {
    need_regions();
    struct obmalloc_heap *heaps[OBMALLOC_HEAP_COUNT_MAX];
    struct obmalloc_heap *one_more;
    void *blocks[OBMALLOC_HEAP_COUNT_MAX];
    char *start = regions[0].start;
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++, start += OBMALLOC_HEAP_BYTES_MIN) {
        heaps[i] = created((struct region){start, start + OBMALLOC_HEAP_BYTES_MIN});
        blocks[i] = obmalloc_heap_malloc(heaps[i], 100);
        CHECK(blocks[i] != NULL);
    }
    CHECK_EQUAL(obmalloc_heap_create(start, start + OBMALLOC_HEAP_BYTES_MIN, &one_more),
                OBMALLOC_HEAP_TOO_MANY);
    CHECK_EQUAL(one_more, NULL);
    for (unsigned i = 0; i < OBMALLOC_HEAP_COUNT_MAX; i++) {
        CHECK_EQUAL(obmalloc_heap_of(blocks[i]), heaps[i]);
        free(blocks[i]);
    }
    CHECK_EQUAL(obmalloc_heap_destroy(heaps[3], OBMALLOC_HEAP_REFUSE, NULL), OBMALLOC_HEAP_OK);
    CHECK_EQUAL(obmalloc_heap_create(start, start + OBMALLOC_HEAP_BYTES_MIN, &one_more),
                OBMALLOC_HEAP_OK);
}

TEST_LIST = {
    TEST_ENTRY(a_storm_in_all_regions_at_once),
    TEST_ENTRY(the_whole_region_is_there),
    TEST_ENTRY(there_is_a_limit_to_the_heaps),
};
