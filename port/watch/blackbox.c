// SPDX-License-Identifier: MIT
#include "watch/blackbox.h"

#include <string.h>

#include "lock.h"
#include "state.h"
#include "watch/blackbox_memory.h"

_Static_assert((OBMALLOC_BLACKBOX_OPERATION_COUNT & (OBMALLOC_BLACKBOX_OPERATION_COUNT - 1)) == 0,
               "the ring is indexed by the lowest bits of the operation's number");
_Static_assert((int)OBMALLOC_BLACKBOX_MEMALIGN == WATCH_MEMALIGN &&
                   (int)OBMALLOC_BLACKBOX_REALLOC == WATCH_REALLOC,
               "the first kinds are those of watch.h");
_Static_assert(OBMALLOC_BLACKBOX_FAULTS_MAX >= 1 && OBMALLOC_BLACKBOX_FAULTS_MAX <= 255,
               "obmalloc_blackbox.h says how many faults there may be");

struct blackbox obmalloc_blackbox_memory __attribute__((section(".noinit.obmalloc")));
#define box obmalloc_blackbox_memory

/* Set by the boot: what the box holds is ours. */
static bool is_open;
static enum obmalloc_blackbox_end last_end;

static uint32_t header_check(void) {
    return check_of(&box, offsetof(struct blackbox, check) / 4, 0);
}

/* Says which build this is: where its functions and variables lie, and the first words of its code. */
static uint32_t image_of(void) {
    const uintptr_t places[] = {(uintptr_t)obmalloc_blackbox_last, (uintptr_t)obmalloc_boot,
                                (uintptr_t)&obmalloc_heap, (uintptr_t)&box};
    uint32_t sum = 0;
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint32_t place = (uint32_t)places[i];
        sum = check_of(&place, 1, sum);
    }
    return check_of((const void *)((uintptr_t)obmalloc_boot & ~(uintptr_t)3), 16, sum);
}

static struct run *this_run(void) {
    return &box.runs[box.current & 1u];
}

static struct run *last_run(void) {
    return &box.runs[~box.current & 1u];
}

/* ---- boot ------------------------------------------------------------------------------------ */

static enum obmalloc_blackbox_end end_of_last(void) {
    if (box.magic != BOX_MAGIC) {
        return OBMALLOC_BLACKBOX_NONE;
    }
    if (box.check != header_check()) {
        return OBMALLOC_BLACKBOX_DAMAGED;
    }
    uint32_t state = this_run()->state;
    return state == STATE_ENDED     ? OBMALLOC_BLACKBOX_ENDED
           : state == STATE_FAULTED ? OBMALLOC_BLACKBOX_FAULTED
           : state == STATE_RUNNING ? OBMALLOC_BLACKBOX_STOPPED
                                    : OBMALLOC_BLACKBOX_DAMAGED;
}

/* Called by the boot, before anything is counted. */
int blackbox_boot(void) {
    last_end = end_of_last();
    if (last_end < OBMALLOC_BLACKBOX_ENDED) {
        memset(&box, 0, sizeof box);
    }
    uint32_t image = image_of();
    bool is_same_image = box.image == image;
    bool was_fault = last_end > OBMALLOC_BLACKBOX_ENDED;
    box.faults_in_a_row = was_fault && is_same_image ? box.faults_in_a_row + 1u : 0;
    box.last_image = box.image;
    box.image = image;
    box.boots++;
    box.current ^= 1u;
    memset(this_run(), 0, sizeof *this_run());
    this_run()->state = STATE_RUNNING;
    box.magic = BOX_MAGIC;
    box.check = header_check();
    is_open = true;
    return box.faults_in_a_row >= OBMALLOC_BLACKBOX_FAULTS_MAX ? 0 : -1;
}

void obmalloc_blackbox_end(void) {
    obmalloc_boot();
    this_run()->state = STATE_ENDED;
}

void obmalloc_blackbox_healthy(void) {
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    box.faults_in_a_row = 0;
    box.check = header_check();
    obmalloc_unlock(before);
}

/* ---- what a run leaves ----------------------------------------------------------------------- */

static bool is_whole(const struct account *account) {
    return account->check == check_of(account, offsetof(struct account, check) / 4, 1);
}

static const struct account *latest(const struct run *run) {
    const struct account *one = &run->accounts[0];
    const struct account *other = &run->accounts[1];
    if (is_whole(one) && is_whole(other)) {
        return other->operations > one->operations ? other : one;
    }
    return is_whole(one) ? one : is_whole(other) ? other : NULL;
}

/* Counts an operation, in the account that is not the latest. Returns its number. Lock. */
static inline uint32_t count(struct run *run, uint32_t live_added, uint32_t failures_added,
                             uint32_t misuses_added) {
    uint32_t which = run->accounts[1].operations > run->accounts[0].operations;
    struct account account = run->accounts[which];
    account.operations++;
    account.live_blocks += live_added;
    account.failures += failures_added;
    account.misuses += misuses_added;
    account.arena_top = obmalloc_heap.untouched;
    account.arena_chunks = obmalloc_heap.used_chunks;
    account.bins_filled = obmalloc_heap.bins_filled;
    account.libc_break = (uint32_t)(uintptr_t)obmalloc_state.heap_break;
    account.check = check_of(&account, offsetof(struct account, check) / 4, 1);
    run->accounts[which ^ 1u] = account;
    return account.operations;
}

static void note(enum obmalloc_blackbox_kind kind, const void *pointer, size_t bytes,
                 const void *caller, uint32_t live_added, uint32_t failures_added) {
    obmalloc_lock_state before = obmalloc_lock();
    if (is_open) {
        struct run *run = this_run();
        uint32_t number = count(run, live_added, failures_added, 0);
        struct operation *place = &run->operations[number % OBMALLOC_BLACKBOX_OPERATION_COUNT];
        uint32_t kept_bytes =
            bytes < OBMALLOC_BLACKBOX_BYTES_MAX ? (uint32_t)bytes : OBMALLOC_BLACKBOX_BYTES_MAX;
        place->caller = (uint32_t)(uintptr_t)caller;
        place->pointer = (uint32_t)(uintptr_t)pointer;
        place->kind_and_bytes = (uint32_t)kind << KIND_SHIFT | kept_bytes;
        place->check = check_of(place, 3, number);
    }
    obmalloc_unlock(before);
}

/* Appends as much as there is room for. Returns where the text ends. */
static unsigned append(char *text, unsigned at, const char *from) {
    for (; at < OBMALLOC_BLACKBOX_TEXT_BYTES - 1u && *from != '\0'; at++) {
        text[at] = *from++;
    }
    text[at] = '\0';
    return at;
}

/* Writes an event down, unless there is one. */
static void note_event(struct event *event, const void *pointer, const void *caller,
                       const char *where, const char *text) {
    if (event->check != 0) {
        return;
    }
    const struct account *account = latest(this_run());
    event->number = account ? account->operations : 0;
    event->pointer = (uint32_t)(uintptr_t)pointer;
    event->caller = (uint32_t)(uintptr_t)caller;
    unsigned at = append(event->text, 0, where);
    (void)append(event->text, append(event->text, at, *where != '\0' ? ": " : ""), text);
    event->check = check_of(event, EVENT_WORDS, 2);
}

void blackbox_allocated(enum watch_kind kind, const void *block, size_t request_bytes,
                        const void *caller) {
    note((enum obmalloc_blackbox_kind)kind, block, request_bytes, caller, block != NULL,
         block == NULL);
}

void blackbox_freeing(const void *block, const void *caller) {
    note(OBMALLOC_BLACKBOX_FREE, block, 0, caller, UINT32_MAX, 0);
}

void blackbox_resizing(const void *block, size_t request_bytes, const void *caller) {
    note(OBMALLOC_BLACKBOX_REALLOC_FROM, block, request_bytes, caller, 0, 0);
}

void blackbox_resized(const void *result, size_t request_bytes, const void *caller) {
    note(OBMALLOC_BLACKBOX_REALLOC, result, request_bytes, caller, 0, result == NULL);
}

static void note_damage(const void *pointer, const void *caller, const char *where,
                        const char *sentence, uint32_t live_added, uint32_t misuses_added) {
    obmalloc_lock_state before = obmalloc_lock();
    if (is_open) {
        (void)count(this_run(), live_added, 0, misuses_added);
        note_event(&this_run()->damage, pointer, caller, where, sentence);
    }
    obmalloc_unlock(before);
}

void blackbox_misuse(const struct obmalloc_misuse *misuse) {
    /* A free that was refused has been counted as one that was not. */
    bool is_free = strcmp(misuse->entry_point, "free") == 0;
    note_damage(misuse->pointer, misuse->caller, misuse->entry_point, misuse->sentence, is_free, 1);
}

void blackbox_found(const struct pools_finding *finding) {
    note_damage((const void *)(uintptr_t)finding->address, NULL, "", finding->sentence, 0, 0);
}

void obmalloc_blackbox_fault(uint32_t pc, uint32_t address, const char *text) {
    if (is_open) {
        struct run *run = this_run();
        note_event(&run->fault, (const void *)(uintptr_t)address, (const void *)(uintptr_t)pc, "",
                   text);
        run->state = STATE_FAULTED;
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static void read_event(const struct event *event, struct obmalloc_blackbox_event *out) {
    out->happened = event->check != 0;
    if (!out->happened || event->check != check_of(event, EVENT_WORDS, 2)) {
        return;
    }
    out->is_readable = true;
    out->number = event->number;
    out->pointer = event->pointer;
    out->caller = event->caller;
    memcpy(out->text, event->text, sizeof out->text);
}

/* The sizes of the topmost bin that holds a chunk; the untouched part is beside it. */
static uint32_t largest_bytes(uint32_t bins_filled, uint32_t untouched_bytes) {
    if (bins_filled == 0) {
        return untouched_bytes;
    }
    unsigned bin = 31u - (unsigned)__builtin_ctz(bins_filled);
    uint32_t bytes = (bin % 2u == 0 ? 16u : 24u) << bin / 2u;
    return bytes > untouched_bytes ? bytes : untouched_bytes;
}

/* The arena lies where it lay: it is the same image. */
static void read_account(const struct account *account, struct obmalloc_blackbox_account *out) {
    const struct obmalloc_state *state = &obmalloc_state;
    uint32_t arena_start = (uint32_t)(uintptr_t)state->arena_start;
    uint32_t arena_end = (uint32_t)(uintptr_t)obmalloc_arena_end_of(&state->region);
    out->operations = account->operations;
    out->live_blocks = account->live_blocks;
    out->failures = account->failures;
    out->misuses = account->misuses;
    out->libc_bytes = account->libc_break - (uint32_t)(uintptr_t)state->region.start;
    if (account->arena_top > arena_start && account->arena_top <= arena_end) {
        out->arena_start = arena_start;
        out->arena_top = account->arena_top;
        out->arena_end = arena_end;
        out->arena_chunks = account->arena_chunks;
        out->largest_bytes = largest_bytes(account->bins_filled, arena_end - account->arena_top);
    }
}

static void read_operations(const struct run *run, struct obmalloc_blackbox_report *report) {
    for (uint32_t back = 0; back < OBMALLOC_BLACKBOX_OPERATION_COUNT; back++) {
        uint32_t number = report->account.operations - back;
        const struct operation *from = &run->operations[number % OBMALLOC_BLACKBOX_OPERATION_COUNT];
        if (number != 0 && from->check == check_of(from, 3, number)) {
            report->operations[report->operation_count++] = (struct obmalloc_blackbox_operation){
                .number = number,
                .kind = (enum obmalloc_blackbox_kind)(from->kind_and_bytes >> KIND_SHIFT),
                .bytes = from->kind_and_bytes & OBMALLOC_BLACKBOX_BYTES_MAX,
                .pointer = from->pointer,
                .caller = from->caller,
            };
        }
        if (number == 0) {
            return;
        }
    }
}

void obmalloc_blackbox_last(struct obmalloc_blackbox_report *report) {
    obmalloc_boot();
    obmalloc_lock_state before = obmalloc_lock();
    *report = (struct obmalloc_blackbox_report){
        .end = last_end, .boots = box.boots, .faults_in_a_row = box.faults_in_a_row};
    if (last_end >= OBMALLOC_BLACKBOX_ENDED) {
        const struct run *run = last_run();
        const struct account *account = latest(run);
        report->is_other_image = box.last_image != box.image;
        report->account_is_readable = account != NULL;
        if (account != NULL) {
            read_account(account, &report->account);
            read_operations(run, report);
        }
        read_event(&run->damage, &report->damage);
        read_event(&run->fault, &report->fault);
    }
    obmalloc_unlock(before);
}
