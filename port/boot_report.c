// SPDX-License-Identifier: MIT
/* What boot did, in words. */
#include "state.h"

const char *obmalloc_request_sentence(enum obmalloc_request_status status) {
    switch (status) {
    case OBMALLOC_REQUEST_OK:
        return "use_main_obmalloc is as asked for";
    case OBMALLOC_REQUEST_INVALID:
        return "use_main_obmalloc must be 0 or 1";
    case OBMALLOC_REQUEST_LATE:
        return "use_main_obmalloc is latched with the other value, because memory was allocated "
               "before this call";
    case OBMALLOC_REQUEST_FALLEN_BACK:
        return "use_main_obmalloc is 0, because too many runs in a row have ended with a fault";
    }
    return "unknown status";
}

static const char *sentence_of(const struct obmalloc_state *state) {
    if (state->source == OBMALLOC_FROM_BLACKBOX) {
        return "too many runs in a row have ended with a fault, so the C library serves everything";
    }
    if (state->arena_refused) {
        return "the arena cannot hold one pool, so the C library serves everything";
    }
    if (state->boot_region_ignored) {
        return "obmalloc_boot_region left an impossible region, so the linker's is used";
    }
    if (state->config_word_damaged) {
        return state->source == OBMALLOC_FROM_DAMAGED_WORD
                   ? "the config word is damaged, so use_main_obmalloc is 0"
                   : "the config word is damaged, but a later source has set use_main_obmalloc";
    }
    if (state->boot_flag_ignored) {
        return "obmalloc_boot_flag answered neither 0, 1 nor -1 and is ignored";
    }
    return state->flag ? "pools serve 1..512 bytes" : "the C library serves everything";
}

struct obmalloc_boot_report obmalloc_boot_report(void) {
    const struct obmalloc_state *state = &obmalloc_state;
    obmalloc_boot();
    struct obmalloc_boot_report report = {
        .flag = state->flag,
        .latched = state->mode != OBMALLOC_UNLATCHED,
        .source = (enum obmalloc_flag_source)state->source,
        .config_word_damaged = state->config_word_damaged,
        .boot_flag_ignored = state->boot_flag_ignored,
        .boot_region_ignored = state->boot_region_ignored,
        .region = state->region,
        .arena_start = state->arena_start,
        .arena_state = obmalloc_arena_serves(state) ? OBMALLOC_ARENA_OPEN
                       : state->arena_refused       ? OBMALLOC_ARENA_REFUSED
                                                    : OBMALLOC_ARENA_NOT_OPENED,
        .sentence = sentence_of(state),
    };
    return report;
}
