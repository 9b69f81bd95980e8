// SPDX-License-Identifier: MIT
/*
 * Giving a chunk back, inline: the bins' lists and the map's bits around the chunk. For space.c, and
 * for free, which has read the map's word already.
 */
#ifndef POOLS_SPACE_GIVE_H
#define POOLS_SPACE_GIVE_H

#include "chunk.h"
#include "heap_inline.h"
#include "space.h"

/* Chunks of up to this many granules: one window that starts a granule before the chunk shows what the
 * map says of the next chunk too. */
#define SPACE_NEAR_GRANULES (MAP_WINDOW_GRANULES - 3u)

/*@ requires base == BASE && chunk_at(chunk);
    assigns \nothing;
    ensures \result <==> marked((chunk - BASE) / 8 + 1) && word(chunk + 4) % 2 == 0;
*/
static inline bool space_is_free_chunk(uint32_t base, uint32_t chunk) {
    uint32_t window = map_window(base, map_granule(base, chunk));
    return (window & MAP_SECOND) != 0 && !chunk_is_large(chunk);
}

/*@ requires open_heap(heap) && chunk_of(chunk, bytes) && bins_agree(heap);
    requires first_of_bin: heap->bins[bin_of(bytes)] == 0 ||
      (linked(heap, heap->bins[bin_of(bytes)]) &&
       previous_of(heap->bins[bin_of(bytes)]) == 2 * bin_of(bytes));
    requires free_is_apart: heap->bins[bin_of(bytes)] == 0 ||
      linked_apart(heap->bins[bin_of(bytes)], chunk, bytes);
    assigns heap->bins[0 .. 31], heap->bins_filled, proof_words[BASE / 4 .. END / 4 - 1];
    ensures is_first: heap->bins[bin_of(bytes)] == chunk && previous_of(chunk) == 2 * bin_of(bytes);
    ensures next: next_of(chunk) == \at(heap->bins[bin_of(bytes)], Pre);
    ensures next_leads_back: \at(heap->bins[bin_of(bytes)], Pre) != 0 ==>
      previous_of(\at(heap->bins[bin_of(bytes)], Pre)) == chunk;
    ensures says_its_size: word(chunk + 8) == bytes && word(chunk + bytes - 4) == bytes;
    ensures is_marked: bytes > 16 ==> word(chunk + 12) == key_of(heap);
    ensures bin_is_filled: bit(heap->bins_filled, 31 - bin_of(bytes));
    ensures other_bits: \forall integer k; 0 <= k <= 31 && k != 31 - bin_of(bytes) ==>
      (bit(heap->bins_filled, k) <==> bit(\at(heap->bins_filled, Pre), k));
    ensures other_bins: \forall integer bin; 0 <= bin <= 31 && bin != bin_of(bytes) ==>
      heap->bins[bin] == \at(heap->bins[bin], Pre);
    ensures other_words: \forall integer i; BASE <= 4 * i < END && (4 * i < chunk || chunk + bytes <= 4 * i) &&
      4 * i != \at(heap->bins[bin_of(bytes)], Pre) + 4 ==> proof_words[i] == \at(proof_words[i], Pre);
*/
static inline void space_link(struct pools_heap *heap, uint32_t chunk, uint32_t bytes) {
    unsigned bin = space_bin_of(bytes);
    uint32_t head = link_head(heap, bin);
    link_set_next(heap, chunk, head);
    link_set_previous(heap, chunk, chunk_first_in(bin));
    *chunk_free_bytes(chunk) = bytes;
    *chunk_mark(chunk) = link_key(heap, chunk + POOLS_ALIGNMENT_BYTES);
    link_note_chunk(heap, chunk, bytes);
    *chunk_last_word(chunk, bytes) = bytes;
    heap->bins[bin] = chunk;
    if (head != 0) {
        // NOLINTNEXTLINE(readability-suspicious-call-argument): before what was the head there is chunk now
        link_set_previous(heap, head, chunk);
    } else {
        heap->bins_filled |= space_bin_bit(bin);
    }
}

/*@ requires open_heap(heap) && linked(heap, chunk) && bins_agree(heap);
    assigns heap->bins[0 .. 31], heap->bins_filled, proof_words[BASE / 4 .. END / 4 - 1];
    ensures next_leads_back: \at(next_of(chunk), Pre) != 0 ==>
      previous_of(\at(next_of(chunk), Pre)) == \at(previous_of(chunk), Pre);
    ensures previous_leads_on: !is_bin(\at(previous_of(chunk), Pre)) ==>
      next_of(\at(previous_of(chunk), Pre)) == \at(next_of(chunk), Pre);
    ensures bin_leads_on: is_bin(\at(previous_of(chunk), Pre)) ==>
      heap->bins[\at(previous_of(chunk), Pre) / 2] == \at(next_of(chunk), Pre);
    ensures bins_agree(heap);
    ensures other_bins: \forall integer bin; 0 <= bin <= 31 && 2 * bin != \at(previous_of(chunk), Pre) ==>
      heap->bins[bin] == \at(heap->bins[bin], Pre);
    ensures other_words: \forall integer i; BASE <= 4 * i < END &&
      4 * i != \at(next_of(chunk), Pre) + 4 && 4 * i != \at(previous_of(chunk), Pre) ==>
      proof_words[i] == \at(proof_words[i], Pre);
*/
static inline void space_unlink(struct pools_heap *heap, uint32_t chunk) {
    uint32_t next = link_peek_next(heap, chunk);
    uint32_t previous = link_peek_previous(heap, chunk);
    if (next != 0) {
        link_set_previous(heap, next, previous);
    }
    if (previous > chunk_first_in(POOLS_BIN_COUNT - 1u)) {
        link_set_next(heap, previous, next);
        return;
    }
    unsigned bin = previous / 2u;
    heap->bins[bin] = next;
    if (next == 0) {
        heap->bins_filled &= ~space_bin_bit(bin);
    }
}

/* The untouched part begins at `chunk` from here on, further down than it did; the map's bits between
 * are the caller's. */
/*@ requires open_heap(heap) && granule_at(chunk) && BASE < chunk < heap->untouched;
    assigns heap->untouched, heap->high_water, proof_marks[0 .. PROOF_GRANULES_MAX + 63];
    ensures heap->untouched == chunk;
    ensures high_water: heap->high_water == \max(\old(heap->untouched), \old(heap->high_water));
    ensures not_marked: !marked((\old(heap->untouched) - BASE) / 8) || \old(heap->untouched) == chunk + 8;
    ensures not_marked_second: !marked((chunk - BASE) / 8 + 1);
*/
static inline void space_lower_untouched(struct pools_heap *heap, uint32_t chunk) {
    space_mark(heap, heap->untouched, MAP_FIRST, 0);
    space_mark(heap, chunk, MAP_SECOND, 0);
    heap->high_water = space_high_water(heap);
    seal_untouched(heap, chunk);
    heap->untouched = chunk;
}

#ifndef __OPTIMIZE_SIZE__
/* space_give, when the map's word that shows the granule before the chunk has been read: where it lies,
 * by how much it must be shifted to have that granule first, and the word. */
static POOLS_INLINE void space_give_at(struct pools_heap *heap, uint32_t chunk, uint32_t bytes,
                                       uint32_t address, uint32_t shift, uint32_t word) {
    uint32_t next = chunk + bytes;
    uint32_t granules = bytes / POOLS_ALIGNMENT_BYTES;
    bool is_near = granules <= SPACE_NEAR_GRANULES;
    /* Turned, so that nothing of the word is lost. */
    uint32_t marks = map_turn_left(word, shift);
    uint32_t end_granule = map_granule(heap->base, next) - 1u;
    uint32_t end = is_near ? marks << granules : map_window(heap->base, end_granule);
    heap->used_chunks--;
    if ((marks & MAP_FIRST) != 0 && link_is_sound_before(heap, chunk)) {
        uint32_t before_bytes = chunk_bytes_before(chunk);
        chunk -= before_bytes;
        bytes += before_bytes;
        space_unlink(heap, chunk);
        link_recall_chunk(heap, chunk, before_bytes);
        marks &= ~(MAP_SECOND | MAP_THIRD);
        if (before_bytes != POOLS_CHUNK_BYTES_MIN) {
            marks &= ~MAP_FIRST; /* else its last granule is its second one too */
        }
    } else {
        marks |= MAP_THIRD;
    }
    if (next == heap->untouched) {
        map_write(address, map_turn_right(marks, shift));
        space_lower_untouched(heap, chunk);
        return;
    }
    uint32_t clear = 0;
    uint32_t set = MAP_FIRST;
    if ((end & MAP_THIRD) != 0 && !chunk_is_large(next) && link_is_sound_here(heap, next)) {
        uint32_t next_bytes = *chunk_free_bytes(next);
        bytes += next_bytes;
        space_unlink(heap, next);
        link_bury_chunk(heap, next, next_bytes);
        clear = next_bytes == POOLS_CHUNK_BYTES_MIN ? MAP_SECOND : MAP_SECOND | MAP_THIRD;
        set = 0;
    }
    if (is_near) {
        marks = (marks & ~(clear >> granules)) | set >> granules;
    }
    map_write(address, map_turn_right(marks, shift));
    if (!is_near) {
        map_change(heap->base, end_granule, clear, set);
    }
    space_link(heap, chunk, bytes);
}
#endif

#endif
