// SPDX-License-Identifier: MIT
/* Clearing and copying whole granules: every length to its last byte, and not one further. */
#include "bulk.h"

#include "fixture.h"

enum { BYTES_MAX = 400, MARGIN_BYTES = 64, REGION_BYTES = BYTES_MAX + 2 * MARGIN_BYTES };

static void check_all(const unsigned char *bytes, unsigned count, unsigned expected) {
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQUAL(bytes[i], expected);
    }
}

TEST(clear_reaches_its_bytes_and_no_other) {
    unsigned char *region = test_region(REGION_BYTES);
    for (unsigned offset = 0; offset < 32; offset += 8) {
        for (unsigned bytes = 0; bytes <= BYTES_MAX - 32; bytes++) {
            unsigned char *block = region + MARGIN_BYTES + offset;
            unsigned cleared = bytes & ~3u;
            memset(region, 0xA5, REGION_BYTES);
            CHECK_EQUAL(bulk_clear(block, bytes), block);
            check_all(region, MARGIN_BYTES + offset, 0xA5);
            check_all(block, cleared, 0);
            check_all(block + cleared, REGION_BYTES - MARGIN_BYTES - offset - cleared, 0xA5);
        }
    }
}

/* From where on more registers are stored at once. */
TEST(clear_of_long_blocks_reaches_its_bytes_and_no_other) {
    enum { LONG_BYTES_MIN = 680, LONG_BYTES_MAX = 1500 };
    unsigned char *region = test_region(LONG_BYTES_MAX + 2 * MARGIN_BYTES);
    unsigned char *block = region + MARGIN_BYTES;
    for (unsigned bytes = LONG_BYTES_MIN; bytes <= LONG_BYTES_MAX; bytes += 4) {
        memset(region, 0xA5, LONG_BYTES_MAX + 2 * MARGIN_BYTES);
        CHECK_EQUAL(bulk_clear(block, bytes), block);
        check_all(region, MARGIN_BYTES, 0xA5);
        check_all(block, bytes, 0);
        check_all(block + bytes, LONG_BYTES_MAX + MARGIN_BYTES - bytes, 0xA5);
    }
}

TEST(copy_reaches_its_bytes_and_no_other) {
    unsigned char *region = test_region(REGION_BYTES);
    unsigned char *source = test_region(REGION_BYTES);
    for (unsigned offset = 0; offset < 32; offset += 8) {
        for (unsigned bytes = 0; bytes <= BYTES_MAX - 32; bytes += 8) {
            unsigned char *block = region + MARGIN_BYTES + offset;
            memset(region, 0xA5, REGION_BYTES);
            fill(source, REGION_BYTES, bytes);
            bulk_copy(block, source + 8, bytes);
            check_all(region, MARGIN_BYTES + offset, 0xA5);
            check_filled(block, bytes, bytes + 8 * 7);
            check_all(block + bytes, REGION_BYTES - MARGIN_BYTES - offset - bytes, 0xA5);
            check_filled(source, REGION_BYTES, bytes);
        }
    }
}

/* Nothing that the caller keeps in registers is lost. */
TEST(callers_registers_survive) {
    enum { LONG_BYTES = 1000 };
    uint32_t *block = test_region(REGION_BYTES);
    uint32_t *long_block = test_region(LONG_BYTES);
    volatile uint32_t seed = 3;
    uint32_t a = seed * 5, b = seed * 7, c = seed * 11, d = seed * 13, e = seed * 17, f = seed * 19;
    uint32_t g = seed * 23, h = seed * 29, i = seed * 31, j = seed * 37;
    bulk_clear(block, 264);
    bulk_clear(long_block, LONG_BYTES);
    bulk_copy(block + 72, block, 200);
    CHECK_EQUAL(a + b + c + d + e + f + g + h + i + j,
                3 * (5 + 7 + 11 + 13 + 17 + 19 + 23 + 29 + 31 + 37));
}

TEST_LIST = {
    TEST_ENTRY(clear_reaches_its_bytes_and_no_other),
    TEST_ENTRY(clear_of_long_blocks_reaches_its_bytes_and_no_other),
    TEST_ENTRY(copy_reaches_its_bytes_and_no_other),
    TEST_ENTRY(callers_registers_survive),
};
