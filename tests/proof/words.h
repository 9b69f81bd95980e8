// SPDX-License-Identifier: MIT
/*
 * Arithmetic of 32-bit words that WP's theory of integers does not reach: axioms here, each of which words.smt2
 * states once more in bit vectors, where both provers prove it. `make prove` counts them as goals.
 */
#ifndef PROOF_WORDS_H
#define PROOF_WORDS_H

#define WORD(x) (0 <= x && x <= 0xFFFFFFFF)
/*@ logic integer power_of_2(integer n) =
      n ==  0 ?         1 : n ==  1 ?         2 : n ==  2 ?         4 : n ==  3 ?          8 :
      n ==  4 ?      0x10 : n ==  5 ?      0x20 : n ==  6 ?      0x40 : n ==  7 ?       0x80 :
      n ==  8 ?     0x100 : n ==  9 ?     0x200 : n == 10 ?     0x400 : n == 11 ?      0x800 :
      n == 12 ?    0x1000 : n == 13 ?    0x2000 : n == 14 ?    0x4000 : n == 15 ?     0x8000 :
      n == 16 ?   0x10000 : n == 17 ?   0x20000 : n == 18 ?   0x40000 : n == 19 ?    0x80000 :
      n == 20 ?  0x100000 : n == 21 ?  0x200000 : n == 22 ?  0x400000 : n == 23 ?   0x800000 :
      n == 24 ? 0x1000000 : n == 25 ? 0x2000000 : n == 26 ? 0x4000000 : n == 27 ?  0x8000000 :
      n == 28 ? 0x10000000 : n == 29 ? 0x20000000 : n == 30 ? 0x40000000 : 0x80000000;

    lemma bins_grow: \forall integer a, b; 0 <= a < b <= 31 ==> bin_first(a) < bin_first(b);

    axiomatic Words {
      axiom whole_granules: \forall integer x; WORD(x) ==> (x & 0xFFFFFFF8) == x - x % 8;
      axiom is_odd: \forall integer x; WORD(x) ==> (x & 1) == x % 2;
      axiom made_even: \forall integer x; WORD(x) ==> (x & 0xFFFFFFFE) == x - x % 2;
      axiom made_odd: \forall integer x; WORD(x) ==> (x | 1) == x + 1 - x % 2;
      axiom complement: \forall integer x; WORD(x) ==> (uint32_t)~x == 0xFFFFFFFF - x;
      axiom rotated: \forall integer x;
        WORD(x) ==> ((x >> 3) | (uint32_t)(x << 29)) == x / 8 + 0x20000000 * (x % 8);
      axiom top_two_bits: \forall integer x, n;
        0 <= n <= 30 && power_of_2(31 - n) <= x <= 2 * power_of_2(31 - n) - 1 ==>
        0x80000000 <= (uint32_t)(x << n) &&
        ((uint32_t)(x << n) < 0xC0000000 <==> x < 3 * power_of_2(30 - n));
      axiom shifted_right: \forall integer x, n;
        WORD(x) && 0 <= n <= 31 ==> (x >> n) == x / power_of_2(n);
      axiom highest_bit_right: \forall integer n; 0 <= n <= 31 ==> (0x80000000 >> n) == power_of_2(31 - n);
      axiom wraps_below: \forall integer x; -0x100000000 <= x < 0 ==> (uint32_t)x == x + 0x100000000;
      axiom wraps_above: \forall integer x;
        0x100000000 <= x < 0x200000000 ==> (uint32_t)x == x - 0x100000000;
    }
*/

#endif
