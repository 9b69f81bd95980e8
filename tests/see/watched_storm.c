// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__obmalloc_arena_size=1040,--defsym=__stack_reserve_bytes=1536
/*
 * The storm of tests/lock, with everybody watching: tasks and nested handlers allocate at the same time. At its end
 * counters, sample and recording agree with the heap. With record=PATH tests/host/test_watched_storm.py reads the
 * recording, too.
 */
#include "lock/storm.h"
#include "obmalloc_class_statistics.h"
#include "obmalloc_record.h"
#include "obmalloc_sites.h"
#include "semihost.h"
#include "target/target.h"

#include "board.h"

enum { PATH_BYTES = 100, NO_FILE = -1 };

static int file = NO_FILE;
static volatile uint32_t senders, sent_bytes, refused_count;
static volatile bool two_send;

/* On whatever stack: short. */
bool obmalloc_record_write(const void *bytes, size_t byte_count) {
    two_send = two_send || senders++ != 0;
    const uint32_t block[3] = {(uint32_t)file, (uintptr_t)bytes, byte_count};
    if (file != NO_FILE && semihost_call(SEMIHOST_WRITE, block) != 0) {
        refused_count++;
    }
    sent_bytes += byte_count;
    senders--;
    return true;
}

static void open_file(void) {
    char path[PATH_BYTES];
    size_t length_bytes = board_argument("record=", path, sizeof path);
    if (length_bytes != 0) {
        const uint32_t block[3] = {(uintptr_t)path, SEMIHOST_MODE_WB, length_bytes};
        file = (int)semihost_call(SEMIHOST_OPEN, block);
        CHECK(file >= 0);
    }
}

static void check_watchers(void) {
    struct obmalloc_statistics walk = statistics();
    struct obmalloc_totals totals;
    struct obmalloc_site none;
    struct obmalloc_sites_totals sites;
    obmalloc_totals(&totals);
    CHECK_EQUAL(totals.arena_used_blocks, 0);
    CHECK_EQUAL(totals.arena_used_bytes, 0);
    CHECK_EQUAL(totals.libc_used_blocks, 0);
    CHECK_EQUAL(totals.libc_used_bytes, 0);
    CHECK_EQUAL(totals.arena_waiting_bytes, walk.arena.pool_ready_bytes);
    CHECK_EQUAL(totals.arena_waiting_blocks, walk.arena.pool_ready_blocks);
    CHECK(flag() == 0 || totals.failure_count == walk.failure_count);
    CHECK_EQUAL(obmalloc_sites(&none, 1, &sites), 0);
    CHECK_EQUAL(sites.live_blocks, 0);
    CHECK_EQUAL(sites.live_bytes, 0);
}

TEST(first_call_comes_from_a_handler) {
    open_file();
    storm_first_call();
    check_watchers();
}

TEST(storm_is_seen_as_it_was) {
    storm();
    check_watchers();
    obmalloc_record_end();
    struct obmalloc_record_status status;
    obmalloc_record_status(&status);
    CHECK(!two_send);
    CHECK_EQUAL(refused_count, 0);
    CHECK_EQUAL(status.lost_count, 0);
    CHECK(status.operation_count > 4000);
    CHECK(sent_bytes >= status.block_count * OBMALLOC_RECORD_BLOCK_BYTES);
    TEST_NOTE("%u operations in %u blocks", (unsigned)status.operation_count,
              (unsigned)status.block_count);
}

TEST_LIST = {TEST_ENTRY(first_call_comes_from_a_handler), TEST_ENTRY(storm_is_seen_as_it_was)};
