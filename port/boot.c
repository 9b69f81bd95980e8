// SPDX-License-Identifier: MIT
/* The flag's way from config word and hooks to the latch, and the region's from linker symbols to
 * the arena. */
#include "config_word.h"
#include "guard/trap.h"
#include "lock.h"
#include "state.h"
#include "word.h"
#ifdef OBMALLOC_WATCH_BLACKBOX
#include "watch/blackbox.h"
#endif

/* Addresses from the linker script, see linker/obmalloc.ld. */
extern char __heap_start[], __heap_end[], __obmalloc_arena_start[], __obmalloc_arena_end[];

enum { ARENA_START_ALIGNMENT_BYTES = 8 };

struct obmalloc_state obmalloc_state;

/* What an empty pool's list leads to: all that the fast path of malloc reads of it. */
static const uint32_t nil_word;

/* In .data for the sake of the table alone: a check of the mode instead would cost every malloc
 * three instructions. */
struct pools_heap obmalloc_heap = {
    .pools = {[POOLS_CLASS_FIRST... POOLS_CLASS_LAST] = (uintptr_t)&nil_word},
    .base = OBMALLOC_BASE_UNLATCHED,
    .untouched = OBMALLOC_BASE_UNLATCHED,
    .end = OBMALLOC_BASE_UNLATCHED};

/* The C library serves: nothing that a fast path could take for ours. */
static void close_heap(struct pools_heap *heap) {
    uint32_t base =
        obmalloc_state.heaps_exist ? OBMALLOC_BASE_UNLATCHED : OBMALLOC_BASE_LIBC_SERVES;
    *heap = (struct pools_heap){.base = base, .untouched = base, .end = base};
    for (unsigned granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        heap->pools[granules] = (uintptr_t)&nil_word;
    }
}

bool obmalloc_heap_is_closed(uint32_t base) {
    const pools_word *words = (const pools_word *)&obmalloc_heap;
    uint32_t nil = (uint32_t)(uintptr_t)&nil_word;
    uint32_t differences = 0;
    /* Without the padding behind them. */
    const unsigned word_count =
        (offsetof(struct pools_heap, bins) + sizeof obmalloc_heap.bins) / sizeof *words;
    for (unsigned i = 0; i < word_count; i++) {
        bool is_pool = i >= POOLS_CLASS_FIRST && i <= POOLS_CLASS_LAST;
        bool is_base = i == offsetof(struct pools_heap, base) / sizeof *words ||
                       i == offsetof(struct pools_heap, untouched) / sizeof *words ||
                       i == offsetof(struct pools_heap, end) / sizeof *words;
        differences |= words[i] ^ (is_pool ? nil : is_base ? base : 0);
    }
    return differences == 0;
}

static char *arena_start_of(const struct obmalloc_region *region) {
    uintptr_t start = (uintptr_t)region->start;
    if (region->arena_bytes != 0) {
        start = (uintptr_t)region->end - region->arena_bytes;
    }
    start += TRAP_GAP_BYTES + ARENA_START_ALIGNMENT_BYTES - 1;
    return (char *)(start & ~(uintptr_t)(ARENA_START_ALIGNMENT_BYTES - 1));
}

static bool region_is_possible(const struct obmalloc_region *region) {
    uintptr_t start = (uintptr_t)region->start;
    uintptr_t end = (uintptr_t)region->end;
    return start != 0 && start < end && region->arena_bytes <= end - start &&
           arena_start_of(region) < obmalloc_arena_end_of(region);
}

static void read_region(struct obmalloc_state *state) {
    struct obmalloc_region from_linker = {.start = __heap_start, .end = __heap_end};
    /* The linker aligns the arena's start; what lies below it by less than that is no libc heap. */
    if ((uintptr_t)__obmalloc_arena_start - (uintptr_t)__heap_start >=
        ARENA_START_ALIGNMENT_BYTES) {
        from_linker.end = __obmalloc_arena_end;
        from_linker.arena_bytes = (size_t)(__obmalloc_arena_end - __obmalloc_arena_start);
    }
    state->region = from_linker;
    if (obmalloc_boot_region) {
        obmalloc_boot_region(&state->region);
        if (!region_is_possible(&state->region)) {
            state->region = from_linker;
            state->boot_region_ignored = true;
        }
    }
    state->whole_region_is_arena = state->region.arena_bytes == 0;
    state->arena_start = arena_start_of(&state->region);
    state->heap_break = state->region.start;
    state->heap_break_high_water = state->heap_break;
}

static void read_flag(struct obmalloc_state *state) {
    int flag = obmalloc_config_word_flag(&obmalloc_config_word);
    state->config_word_damaged = flag < 0;
    state->flag = flag == 1;
    state->source = OBMALLOC_FROM_CONFIG_WORD;
    if (state->config_word_damaged) {
        state->source = OBMALLOC_FROM_DAMAGED_WORD;
    }
    int opinion = obmalloc_boot_flag ? obmalloc_boot_flag() : -1;
    if (opinion == 0 || opinion == 1) {
        state->flag = (uint8_t)opinion;
        state->source = OBMALLOC_FROM_BOOT_HOOK;
    } else if (opinion != -1) {
        state->boot_flag_ignored = true;
    }
}

void obmalloc_boot(void) {
    struct obmalloc_state *state = &obmalloc_state;
    obmalloc_lock_state before = obmalloc_lock();
    if (state->booted) {
        obmalloc_unlock(before);
        return;
    }
#ifdef OBMALLOC_WATCH_BLACKBOX
    int fallback = blackbox_boot();
#endif
    state->booted = true; /* before the hooks, which may ask what they have not settled yet */
    read_region(state);
    read_flag(state);
#ifdef OBMALLOC_WATCH_BLACKBOX
    if (fallback == 0) {
        state->flag = 0;
        state->source = OBMALLOC_FROM_BLACKBOX;
    }
#endif
    obmalloc_unlock(before);
}

void obmalloc_latch(void) {
    struct obmalloc_state *state = &obmalloc_state;
    obmalloc_lock_state before = obmalloc_lock();
    if (state->mode != OBMALLOC_UNLATCHED) {
        obmalloc_unlock(before);
        return;
    }
    obmalloc_boot();
    uint8_t mode = OBMALLOC_LIBC_SERVES;
    if (state->flag) {
        char *arena_end = obmalloc_arena_end_of(&state->region);
        if (pools_open(&obmalloc_heap, state->arena_start, arena_end) == POOLS_OK) {
            mode = OBMALLOC_POOLS_SERVE;
        } else {
            state->arena_refused = true;
        }
    }
    if (mode == OBMALLOC_LIBC_SERVES) {
        close_heap(&obmalloc_heap);
    }
    state->mode = mode;
    state->seal = obmalloc_seal_of(state);
    obmalloc_unlock(before);
}

void obmalloc_settle(bool heaps_exist) {
    struct obmalloc_state *state = &obmalloc_state;
    state->heaps_exist = heaps_exist;
    if (state->mode != OBMALLOC_UNLATCHED) {
        state->seal = obmalloc_seal_of(state);
    }
    if (state->mode == OBMALLOC_LIBC_SERVES) {
        close_heap(&obmalloc_heap);
    }
}

enum obmalloc_request_status obmalloc_request_flag(int flag) {
    struct obmalloc_state *state = &obmalloc_state;
    if (flag != 0 && flag != 1) {
        return OBMALLOC_REQUEST_INVALID;
    }
    obmalloc_lock_state before = obmalloc_lock();
    obmalloc_boot();
    if (state->mode != OBMALLOC_UNLATCHED) {
        bool is_asked_for = state->flag == flag;
        obmalloc_unlock(before);
        return is_asked_for ? OBMALLOC_REQUEST_OK : OBMALLOC_REQUEST_LATE;
    }
    if (state->source == OBMALLOC_FROM_BLACKBOX && flag != 0) {
        obmalloc_unlock(before);
        return OBMALLOC_REQUEST_FALLEN_BACK;
    }
    state->flag = (uint8_t)flag;
    state->source = OBMALLOC_FROM_REQUEST;
    obmalloc_unlock(before);
    return OBMALLOC_REQUEST_OK;
}
