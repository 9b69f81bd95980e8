// SPDX-License-Identifier: MIT
// test-libcs: newlib nano
// test-link: -Wl,--wrap=_malloc_r -Wl,--wrap=_calloc_r -Wl,--defsym=__stack_reserve_bytes=4K -u _printf_float -u _scanf_float
/*
 * The reserve for what newlib allocates for itself: with all memory taken, what would end in an assertion works, and the
 * caller's own requests still fail.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <time.h>

#include "libc_reserve.h"
#include "target.h"

/* Of a region small enough to be filled in no time. */
enum { REGION_BYTES = 6144 };

void obmalloc_boot_region(struct obmalloc_region *region) {
    if ((size_t)((char *)region->end - (char *)region->start) > REGION_BYTES) {
        region->start = (char *)region->end - REGION_BYTES;
    }
    region->arena_bytes = 0;
}

struct link {
    struct link *next;
};

static struct link *taken;

/* All that malloc gives, to the last block; and that is all that there is. */
static void take_all(void) {
    for (size_t bytes = REGION_BYTES; bytes >= sizeof(struct link); bytes /= 2) {
        for (struct link *block = malloc(bytes); block != NULL; block = malloc(bytes)) {
            block->next = taken;
            taken = block;
        }
    }
    errno = 0;
    CHECK(malloc(1) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    errno = 0;
}

static void give_all(void) {
    while (taken != NULL) {
        struct link *next = taken->next;
        free(taken);
        taken = next;
    }
    check_sound();
}

static struct obmalloc_heap_statistics reserve(void) {
    struct obmalloc_heap_statistics now = {.failure_count = 0};
    struct obmalloc_heap *heap = obmalloc_libc_reserve_heap();
    if (heap != NULL) {
        struct pools_finding finding;
        CHECK(obmalloc_heap_statistics(heap, &now));
        CHECK_EQUAL(obmalloc_heap_check(heap, &finding), POOLS_OK);
    }
    return now;
}

/* First, because stdio's set-up and each function's state are made once. */
TEST(everything_for_the_first_time) {
    char text[48];
    CHECK(obmalloc_libc_reserve_heap() == NULL);
    take_all();
    CHECK(obmalloc_libc_reserve_heap() == NULL);
    errno = 0;
    CHECK_EQUAL(snprintf(text, sizeof text, "%g", 1.5), 3);
    CHECK(strcmp(text, "1.5") == 0);
    CHECK_EQUAL(errno, 0);
    CHECK(obmalloc_libc_reserve_heap() != NULL);
    printf("note %s %d\n", text, rand() & 0);
    time_t day = 86400 * 366;
    CHECK_EQUAL(gmtime(&day)->tm_year, 71);
    strcpy(text, "Sat Jan  2 00:00:00 1971\n");
    CHECK(strcmp(asctime(gmtime(&day)), text) == 0);
    CHECK(strcmp(strtok(text, " "), "Sat") == 0);
    CHECK(strtod("1.7976931348623157e308", NULL) == 1.7976931348623157e308);
    give_all();
}

/* Doubles from the smallest to the largest, to their last digit and read back; errno stays as it was. */
TEST(every_size_of_number) {
    enum { EXPONENT_MIN = -1074, EXPONENT_MAX = 1023, EXPONENT_STEP = 9 };
    static char text[400];
    take_all();
    double value = 4.9406564584124654e-324;
    for (int exponent = EXPONENT_MIN; exponent <= EXPONENT_MAX; exponent++, value *= 2) {
        if ((exponent - EXPONENT_MIN) % EXPONENT_STEP != 0) {
            continue;
        }
        double number = value * 1.2345678901234567;
        CHECK(snprintf(text, sizeof text, "%.17g", number) > 0);
        CHECK(strtod(text, NULL) == number);
        CHECK(snprintf(text, sizeof text, "%.17e", number) > 20);
        double read = 0;
        CHECK_EQUAL(sscanf(text, "%lf", &read), 1);
        CHECK(read == number);
        CHECK(snprintf(text, sizeof text, "%.40f", number) > 41);
        CHECK_EQUAL(errno, 0);
    }
    struct obmalloc_heap_statistics now = reserve();
    TEST_NOTE("the reserve used %u bytes of %u",
              (unsigned)(now.header_bytes + now.pools.high_water_bytes),
              (unsigned)obmalloc_libc_reserve_bytes);
    CHECK_EQUAL(now.failure_count, 0);
    give_all();
}

/* What is the caller's own is not served from it. */
TEST(nobody_else_has_it) {
    take_all();
    uint32_t live_blocks = reserve().live_blocks;
    char *string = NULL;
    CHECK(strdup("x") == NULL);
    CHECK(strndup("x", 1) == NULL);
    CHECK_EQUAL(asprintf(&string, "%d", 1), -1);
    CHECK(calloc(1, 8) == NULL);
    CHECK(realloc(NULL, 8) == NULL);
    CHECK(memalign(8, 8) == NULL);
    CHECK_EQUAL(reserve().live_blocks, live_blocks);
    give_all();
}

/* What it gave comes home to it by its address. */
TEST(its_blocks_go_home) {
    take_all();
    uint32_t live_blocks = reserve().live_blocks;
    char *block = _calloc_r(_REENT, 3, 10);
    CHECK(block != NULL);
    CHECK_EQUAL(reserve().live_blocks, live_blocks + 1);
    CHECK(block >= obmalloc_libc_reserve &&
          block < obmalloc_libc_reserve + obmalloc_libc_reserve_bytes);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_EQUAL(block[i], 0);
    }
    CHECK(malloc_usable_size(block) >= 30);
    free(block);
    CHECK_EQUAL(reserve().live_blocks, live_blocks);
    errno = 0;
    CHECK(_calloc_r(_REENT, SIZE_MAX / 2, 4) == NULL);
    CHECK(_calloc_r(_REENT, 1, obmalloc_libc_reserve_bytes) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    give_all();
}

/* With memory there, nothing comes from it. */
TEST(memory_comes_first) {
    uint32_t live_blocks = reserve().live_blocks;
    char *block = _calloc_r(_REENT, 3, 10);
    CHECK(is_in_arena(block) || is_in_libc_heap(block));
    CHECK_EQUAL(reserve().live_blocks, live_blocks);
    free(block);
}

TEST_LIST = {
    TEST_ENTRY(everything_for_the_first_time),
    TEST_ENTRY(every_size_of_number),
    TEST_ENTRY(nobody_else_has_it),
    TEST_ENTRY(its_blocks_go_home),
    TEST_ENTRY(memory_comes_first),
};
