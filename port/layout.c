// SPDX-License-Identifier: MIT
/* The layout of the main heap and of the port's state, as records of layout.h. */
#include "layout.h"

#include "chunk.h"
#include "config_word.h"
#include "state.h"

/* entry.c refers to this name, so that this file is always linked. */
__asm__(".global obmalloc_brings_layout\n"
        ".set obmalloc_brings_layout, 1\n");

extern char __heap_start[], __heap_end[], __obmalloc_arena_start[], __obmalloc_arena_end[];

#define IN_HEAP(field)  offsetof(struct pools_heap, field)
#define IN_STATE(field) offsetof(struct obmalloc_state, field)

/* 2: links are encoded. */
#ifdef POOLS_LINKS_ENCODED
#define HEAP_VERSION 2
#else
#define HEAP_VERSION 1
#endif

static const struct {
    struct layout_head head;
    const void *heap;
    uint32_t heap_bytes;
    uint32_t pools, base, fast_free_granules, untouched, used_chunks, bins_filled, plenty_bins, end,
        plenty_chunk_bytes, high_water, cleared_granules, drain_class, start, bins;
    uint32_t class_first, class_last, bin_count;
    uint32_t small_bytes_max, pooled_bytes_max, region_bytes_min, region_bytes_max;
    uint32_t plenty_chunk_shift, plenty_chunk_parts;
    const void *heap_start, *heap_end, *arena_start, *arena_end; /* as the linker has them */
    const void *config_word;
#ifdef POOLS_LINKS_ENCODED
    uint32_t secret; /* with which links are encoded (pools/link.h) */
#endif
} heap_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_HEAP, HEAP_VERSION, heap_record),
    .heap = &obmalloc_heap,
    .heap_bytes = sizeof(struct pools_heap),
    .pools = IN_HEAP(pools),
    .base = IN_HEAP(base),
    .fast_free_granules = IN_HEAP(fast_free_granules),
    .untouched = IN_HEAP(untouched),
    .used_chunks = IN_HEAP(used_chunks),
    .bins_filled = IN_HEAP(bins_filled),
    .plenty_bins = IN_HEAP(plenty_bins),
    .end = IN_HEAP(end),
    .plenty_chunk_bytes = IN_HEAP(plenty_chunk_bytes),
    .high_water = IN_HEAP(high_water),
    .cleared_granules = IN_HEAP(cleared_granules),
    .drain_class = IN_HEAP(drain_class),
    .start = IN_HEAP(start),
    .bins = IN_HEAP(bins),
    .class_first = POOLS_CLASS_FIRST,
    .class_last = POOLS_CLASS_LAST,
    .bin_count = POOLS_BIN_COUNT,
    .small_bytes_max = POOLS_SMALL_BYTES_MAX,
    .pooled_bytes_max = POOLS_POOLED_BYTES_MAX,
    .region_bytes_min = POOLS_REGION_BYTES_MIN,
    .region_bytes_max = POOLS_REGION_BYTES_MAX,
    .plenty_chunk_shift = POOLS_PLENTY_CHUNK_SHIFT,
    .plenty_chunk_parts = POOLS_PLENTY_CHUNK_PARTS,
    .heap_start = __heap_start,
    .heap_end = __heap_end,
    .arena_start = __obmalloc_arena_start,
    .arena_end = __obmalloc_arena_end,
    .config_word = &obmalloc_config_word,
#ifdef POOLS_LINKS_ENCODED
    .secret = IN_HEAP(secret),
#endif
};

static const struct {
    struct layout_head head;
    const void *state;
    uint32_t state_bytes;
    uint32_t mode, flag, booted, whole_region_is_arena, boot_flag_ignored, boot_region_ignored,
        config_word_damaged, arena_refused, source, heaps_exist; /* of a byte each */
    uint32_t region_start, region_end, region_arena_bytes, arena_start, heap_break,
        heap_break_high_water, libc_used_blocks, overflow_small_to_libc, overflow_large_to_arena,
        failure_count, misuse_count;
    uint32_t misuse_kinds;
} state_record LAYOUT_RECORD = {
    .head = LAYOUT_HEAD(LAYOUT_STATE, 1, state_record),
    .state = &obmalloc_state,
    .state_bytes = sizeof(struct obmalloc_state),
    .mode = IN_STATE(mode),
    .flag = IN_STATE(flag),
    .booted = IN_STATE(booted),
    .whole_region_is_arena = IN_STATE(whole_region_is_arena),
    .boot_flag_ignored = IN_STATE(boot_flag_ignored),
    .boot_region_ignored = IN_STATE(boot_region_ignored),
    .config_word_damaged = IN_STATE(config_word_damaged),
    .arena_refused = IN_STATE(arena_refused),
    .source = IN_STATE(source),
    .heaps_exist = IN_STATE(heaps_exist),
    .region_start = IN_STATE(region.start),
    .region_end = IN_STATE(region.end),
    .region_arena_bytes = IN_STATE(region.arena_bytes),
    .arena_start = IN_STATE(arena_start),
    .heap_break = IN_STATE(heap_break),
    .heap_break_high_water = IN_STATE(heap_break_high_water),
    .libc_used_blocks = IN_STATE(libc_used_blocks),
    .overflow_small_to_libc = IN_STATE(overflow_small_to_libc),
    .overflow_large_to_arena = IN_STATE(overflow_large_to_arena),
    .failure_count = IN_STATE(failure_count),
    .misuse_count = IN_STATE(misuse_count),
    .misuse_kinds = OBMALLOC_MISUSE_OTHER_HEAP,
};
