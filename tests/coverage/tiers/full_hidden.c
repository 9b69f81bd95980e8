// SPDX-License-Identifier: MIT
/* The tier full while a ledger hides the heap between the calls before main: its seals and the state's hold all the same. */
// test-builds: full
// test-flags: 1 0
#include "coverage/tiers/told.h"
#include "guard/guard.h"
#include "ledger.h"
#include "obmalloc_ledger.h"
#include "seal.h"
#include "state.h"

void *_sbrk(ptrdiff_t increment_bytes);

static struct {
    uint8_t mode;
    bool state_holds, state_holds_damaged, heap_holds;
    void *heap_break;
} hidden;
static char *block;

__attribute__((constructor(101))) static void early(void) {
    block = malloc(40);
    hidden.mode = obmalloc_state.mode;
    hidden.heap_holds = seal_holds(&obmalloc_heap);
    hidden.state_holds = guard_state_holds(&obmalloc_state);
    hidden.heap_break = _sbrk(0);
    obmalloc_state.source ^= 0x80;
    hidden.state_holds_damaged = guard_state_holds(&obmalloc_state);
    obmalloc_state.source ^= 0x80;
}

TEST(what_is_hidden_is_sealed) {
    CHECK_EQUAL(hidden.mode, OBMALLOC_NOTED);
    CHECK(hidden.heap_holds && hidden.state_holds && !hidden.state_holds_damaged);
    CHECK(hidden.heap_break == obmalloc_state.heap_break);
    CHECK(hidden.heap_break != (void *)-1);
}

TEST(what_is_shown_is_sealed) {
    CHECK(obmalloc_ledger()->has_ended);
    CHECK_EQUAL(obmalloc_ledger()->block_count, 1);
    CHECK(seal_holds(&obmalloc_heap) && guard_state_holds(&obmalloc_state));
    CHECK(block != NULL);
    check_owner(block, 40);
    free(block);
    check_not_told();
    check_sound();
}

TEST_LIST = {TEST_ENTRY(what_is_hidden_is_sealed), TEST_ENTRY(what_is_shown_is_sealed)};
