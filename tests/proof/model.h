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
#define POOLS_INLINE inline
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
      axiom region_in_memory: 0 < BASE && BASE + 16 <= END && END <= 0xFFFFFFF8;
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
#define PROOF_ZEROS(n, from) ((from) <= x && x <= (from) - 1 + (from) ==> \result == (n))
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
      base == BASE && 0 <= granule <= PROOF_GRANULES_MAX && granule / 8 + 4 <= base;
    logic integer first_in_sight(integer address) = 8 * (BASE - 4 - address);
    predicate map_word(integer address) =
      address + 4 <= BASE && first_in_sight(address) <= PROOF_GRANULES_MAX;
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

    lemma bins_grow: \forall integer a, b; 0 <= a < b <= 31 ==> bin_first(a) < bin_first(b);

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
      \separated(heap, proof_words + (0 .. 0x3FFFFFFE)) &&
      \separated(heap, proof_marks + (0 .. PROOF_GRANULES_MAX + 63)) &&
      BASE + 8 <= heap->untouched <= END && heap->untouched % 8 == 0;

    // Each pool's first block is one that could be, and the three classes that are none have none.
    predicate pools_lead_to_blocks{L}(struct pools_heap *heap) =
      heap->pools[0] == 0 && heap->pools[1] == 0 && heap->pools[32] == 0 &&
      \forall integer g; 2 <= g <= 31 ==> chunk_at(heap->pools[g]);
*/

#endif
