// SPDX-License-Identifier: MIT
/*
 * What the proofs suppose of the machine, and the words in which the contracts in pools/ speak. It takes the
 * place of pools/word.h and of the map's two accessors; everything else is the real code. README.md says why
 * this is true of the machine.
 */
#ifndef PROOF_MODEL_H
#define PROOF_MODEL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frama-C's headers lack it. */
#undef static_assert
#define static_assert _Static_assert

/* pools/word.h has been read: here it is. */
#define POOLS_WORD_H
#define POOLS_INLINE    inline
#define POOLS_IN_HEADER static inline
typedef uint32_t pools_word;
typedef uint16_t pools_half;
typedef uint8_t pools_byte;

/* Memory at 4 * i is proof_words[i]; the map's bit of granule g is proof_marks[g]. */
#define PROOF_GRANULES_MAX 0x200000
extern pools_word proof_words[0x3FFFFFFF];
extern uint8_t proof_marks[PROOF_GRANULES_MAX + 64];

/* One heap, from its base up to its end: any that pools_open can make. */
/*@ axiomatic Region {
      logic integer BASE;
      logic integer END;
      axiom region_in_memory: 64 <= BASE && (END - BASE) / 64 + 4 <= BASE && BASE + 16 <= END && END <= 0xFFFFFFF8;
      axiom region_of_granules: BASE % 8 == 0 && END % 8 == 0;
      axiom region_within_limit: END - BASE <= 8 * PROOF_GRANULES_MAX;
    }
*/

/* Only what lies in the region is read or written: that is a goal wherever word_at is called. */
/*@ requires in_region: BASE <= address < END;
    requires aligned: address % 4 == 0;
    assigns \nothing;
    ensures \result == &proof_words[address / 4];
*/
static inline pools_word *word_at(uint32_t address);

/* The compiler's builtins. */
#define __builtin_expect(condition, likely) (condition)
#define __builtin_clz                       proof_clz

/*@ predicate bit(integer word, integer k) = (word & (1 << k)) != 0; */

/* Its definition, by bits and by ranges. */
// clang-format off
#define PROOF_ZEROS(n, from) ((from) <= x && x <= (from) - 1 + (from) ==> \result == (n))
// clang-format on
/*@ requires not_zero: x != 0;
    assigns \nothing;
    ensures 0 <= \result <= 31;
    ensures bit(x, 31 - \result);
    ensures \forall integer k; 31 - \result < k < 32 ==> !bit(x, k);
    ensures PROOF_ZEROS(0, 0x80000000) && PROOF_ZEROS(1, 0x40000000) && PROOF_ZEROS(2, 0x20000000);
    ensures PROOF_ZEROS(3, 0x10000000) && PROOF_ZEROS(4, 0x8000000) && PROOF_ZEROS(5, 0x4000000);
    ensures PROOF_ZEROS(6, 0x2000000) && PROOF_ZEROS(7, 0x1000000) && PROOF_ZEROS(8, 0x800000);
    ensures PROOF_ZEROS(9, 0x400000) && PROOF_ZEROS(10, 0x200000) && PROOF_ZEROS(11, 0x100000);
    ensures PROOF_ZEROS(12, 0x80000) && PROOF_ZEROS(13, 0x40000) && PROOF_ZEROS(14, 0x20000);
    ensures PROOF_ZEROS(15, 0x10000) && PROOF_ZEROS(16, 0x8000) && PROOF_ZEROS(17, 0x4000);
    ensures PROOF_ZEROS(18, 0x2000) && PROOF_ZEROS(19, 0x1000) && PROOF_ZEROS(20, 0x800);
    ensures PROOF_ZEROS(21, 0x400) && PROOF_ZEROS(22, 0x200) && PROOF_ZEROS(23, 0x100);
    ensures PROOF_ZEROS(24, 0x80) && PROOF_ZEROS(25, 0x40) && PROOF_ZEROS(26, 0x20);
    ensures PROOF_ZEROS(27, 0x10) && PROOF_ZEROS(28, 8) && PROOF_ZEROS(29, 4);
    ensures PROOF_ZEROS(30, 2) && PROOF_ZEROS(31, 1);
*/
int proof_clz(unsigned x);

#include "heap.h"

/* ---- the words of the contracts */

/*@ // Granules in the map, and what a word of it shows: the first granule in the highest bit.
    predicate marked{L}(integer granule) = \at(proof_marks[granule], L) != 0;
    predicate in_map(integer base, integer granule) =
      base == BASE && 0 <= granule <= (END - BASE) / 8;
    logic integer first_in_sight(integer address) = 8 * (BASE - 4 - address);
    predicate map_word(integer address) =
      address + 4 <= BASE && first_in_sight(address) <= (END - BASE) / 8;
    predicate shows{L}(integer word, integer first) =
      \forall integer g; first <= g < first + 32 ==> (marked{L}(g) <==> bit(word, 31 + first - g));

    // Sizes.
    logic integer round_up(integer bytes) = bytes + (8 - bytes % 8) % 8;
    logic integer class_of(integer bytes) = bytes > 248 ? 0 : bytes <= 16 ? 2 : (bytes + 7) / 8;
    logic integer bin_first(integer bin) =
      bin ==  0 ?    16 : bin ==  1 ?    24 : bin ==  2 ?     32 : bin ==  3 ?     48 :
      bin ==  4 ?    64 : bin ==  5 ?    96 : bin ==  6 ?    128 : bin ==  7 ?    192 :
      bin ==  8 ?   256 : bin ==  9 ?   384 : bin == 10 ?    512 : bin == 11 ?    768 :
      bin == 12 ?  1024 : bin == 13 ?  1536 : bin == 14 ?   2048 : bin == 15 ?   3072 :
      bin == 16 ?  4096 : bin == 17 ?  6144 : bin == 18 ?   8192 : bin == 19 ?  12288 :
      bin == 20 ? 16384 : bin == 21 ? 24576 : bin == 22 ?  32768 : bin == 23 ?  49152 :
      bin == 24 ? 65536 : bin == 25 ? 98304 : bin == 26 ? 131072 : bin == 27 ? 196608 :
      bin == 28 ? 262144 : bin == 29 ? 393216 : bin == 30 ? 524288 : 786432;

    logic integer bin_of(integer bytes) =
      bytes <    24 ?  0 : bytes <    32 ?  1 : bytes <     48 ?  2 : bytes <     64 ?  3 :
      bytes <    96 ?  4 : bytes <   128 ?  5 : bytes <    192 ?  6 : bytes <    256 ?  7 :
      bytes <   384 ?  8 : bytes <   512 ?  9 : bytes <    768 ? 10 : bytes <   1024 ? 11 :
      bytes <  1536 ? 12 : bytes <  2048 ? 13 : bytes <   3072 ? 14 : bytes <   4096 ? 15 :
      bytes <  6144 ? 16 : bytes <  8192 ? 17 : bytes <  12288 ? 18 : bytes <  16384 ? 19 :
      bytes < 24576 ? 20 : bytes < 32768 ? 21 : bytes <  49152 ? 22 : bytes <  65536 ? 23 :
      bytes < 98304 ? 24 : bytes < 131072 ? 25 : bytes < 196608 ? 26 : bytes < 262144 ? 27 :
      bytes < 393216 ? 28 : bytes < 524288 ? 29 : bytes < 786432 ? 30 : 31;

    // Memory and addresses.
    logic integer word{L}(integer address) = \at(proof_words[address / 4], L);
    predicate granule_at(integer address) = BASE <= address < END && address % 8 == 0;
    predicate chunk_at(integer address) = granule_at(address) && address + 16 <= END;
    logic integer address_of(void *block) = (uintptr_t)block;
    logic integer key_of(struct pools_heap *heap) = (uintptr_t)heap;
    axiomatic Pointers {
      axiom pointer_is_word: \forall void *block; 0 <= address_of(block) <= 0xFFFFFFFF;
    }
    predicate chunk_of(integer address, integer bytes) =
      granule_at(address) && bytes % 8 == 0 && 16 <= bytes <= END - address;
    predicate same_words{K, L}(integer but_one, integer but_another) =
      \forall integer i; BASE <= 4 * i < END && 4 * i != but_one && 4 * i != but_another ==>
        \at(proof_words[i], K) == \at(proof_words[i], L);

    // The heap's own struct is no part of its region, and says where that lies.
    predicate open_heap{L}(struct pools_heap *heap) =
      \valid(heap) && heap->base == BASE && heap->end == END &&
      \base_addr(heap) != \base_addr((pools_word *)proof_words) &&
      \base_addr(heap) != \base_addr((uint8_t *)proof_marks) &&
      BASE + 8 <= heap->untouched <= END && heap->untouched % 8 == 0;

    // Each pool's first block is one that could be, and the three classes that are none have none.
    predicate pools_lead_to_blocks{L}(struct pools_heap *heap) =
      heap->pools[0] == 0 && heap->pools[1] == 0 && heap->pools[32] == 0 &&
      \forall integer g; 2 <= g <= 31 ==> chunk_at(heap->pools[g]);

    // A bin's list: each free chunk's neighbours, or the bin, point back at it.
    logic integer next_of{L}(integer chunk) = word{L}(chunk);
    logic integer previous_of{L}(integer chunk) = word{L}(chunk + 4);
    predicate is_bin(integer previous) = 0 <= previous <= 62 && previous % 2 == 0;
    predicate next_leads_back{L}(integer chunk) =
      next_of{L}(chunk) == 0 ||
      (chunk_at(next_of{L}(chunk)) && previous_of{L}(next_of{L}(chunk)) == chunk);
    predicate previous_leads_on{L}(struct pools_heap *heap, integer chunk) =
      (is_bin(previous_of{L}(chunk)) && heap->bins[previous_of{L}(chunk) / 2] == chunk) ||
      (chunk_at(previous_of{L}(chunk)) && next_of{L}(previous_of{L}(chunk)) == chunk);
    predicate linked{L}(struct pools_heap *heap, integer chunk) =
      chunk_at(chunk) && next_leads_back{L}(chunk) && previous_leads_on{L}(heap, chunk);
    predicate bins_agree{L}(struct pools_heap *heap) = \forall integer bin; 0 <= bin <= 31 ==>
      (bit(heap->bins_filled, 31 - bin) <==> heap->bins[bin] != 0);
    predicate apart(integer address, integer chunk, integer bytes) =
      address + 16 <= chunk || chunk + bytes <= address;
    predicate linked_apart{L}(integer linked, integer chunk, integer bytes) =
      apart(linked, chunk, bytes) &&
      (next_of{L}(linked) == 0 || apart(next_of{L}(linked), chunk, bytes)) &&
      (is_bin(previous_of{L}(linked)) || apart(previous_of{L}(linked), chunk, bytes));
*/

#endif
