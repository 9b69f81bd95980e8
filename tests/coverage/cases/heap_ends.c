// SPDX-License-Identifier: MIT
/* A heap that another thread destroys while a request of it fails: nothing is counted in what is no heap any more. */
// test-locks: hooks
#include "coverage/pc/hooks.h"
#include "obmalloc_heap.h"
#include "target/target.h"

enum { HEAP_BYTES = 2048 };
static _Alignas(8) unsigned char region[HEAP_BYTES];
static struct obmalloc_heap *heap;
static unsigned destroyed_count;
static const volatile size_t too_much = HEAP_BYTES;

static void destroy(void) {
    uint32_t live;
    destroyed_count += obmalloc_heap_destroy(heap, OBMALLOC_HEAP_REFUSE, &live) == OBMALLOC_HEAP_OK;
    memset(region, 0xA5, sizeof region);
}

TEST(a_heap_ends_between_a_failure_and_its_count) {
    CHECK_EQUAL(obmalloc_heap_create(region, region + HEAP_BYTES, &heap), OBMALLOC_HEAP_OK);
    errno = 0;
    pc_between_steps = destroy;
    CHECK(obmalloc_heap_malloc(heap, too_much) == NULL);
    CHECK(pc_between_steps == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK_EQUAL(destroyed_count, 1);
    for (unsigned i = 0; i < HEAP_BYTES; i++) {
        CHECK_EQUAL(region[i], 0xA5);
    }
    CHECK_EQUAL(pc_lock_depth, 0);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(a_heap_ends_between_a_failure_and_its_count)};
