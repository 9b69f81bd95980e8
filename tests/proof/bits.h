// SPDX-License-Identifier: MIT
/*
 * What bits are left by C's operators: lemmas, each a goal of its own, proved from WP's theory of them; and axioms, which
 * words.smt2 states once more, see words.h.
 */
#ifndef PROOF_BITS_H
#define PROOF_BITS_H

/*@ lemma bits_and: \forall integer x, y, k; 0 <= k ==> (bit(x & y, k) <==> bit(x, k) && bit(y, k));
    lemma bits_or: \forall integer x, y, k; 0 <= k ==> (bit(x | y, k) <==> bit(x, k) || bit(y, k));
    lemma bits_xor: \forall integer x, y, k; 0 <= k ==> (bit(x ^ y, k) <==> !(bit(x, k) <==> bit(y, k)));
    lemma bits_not: \forall integer y, k; 0 <= k < 32 ==> (bit((uint32_t)~y, k) <==> !bit(y, k));
    lemma bits_right: \forall integer x, n, k; 0 <= k && 0 <= n ==> (bit(x >> n, k) <==> bit(x, k + n));
    lemma bits_left: \forall integer x, n, k;
      0 <= n <= k < 32 ==> (bit((uint32_t)(x << n), k) <==> bit(x, k - n));
    lemma bits_left_low: \forall integer x, n, k; 0 <= k < n && k < 32 ==> !bit((uint32_t)(x << n), k);
    lemma bits_one: \forall integer n, k; 0 <= n && 0 <= k ==> (bit(1 << n, k) <==> n == k);
    lemma bits_highest: \forall integer k; 0 <= k < 32 ==> (bit(0x80000000, k) <==> k == 31);
    lemma bits_beyond: \forall uint32_t x, integer k; 32 <= k ==> !bit(x, k);
    lemma bits_zero: \forall integer k; 0 <= k ==> !bit(0, k);

    axiomatic Bits {
      axiom low_five: \forall integer x; 0 <= x <= 0xFFFFFFFF ==> (x & 31) == x % 32;
      axiom second_highest: \forall integer k; 0 <= k <= 31 ==> (bit(0x40000000, k) <==> k == 30);
      axiom all_but_highest: \forall integer k; 0 <= k <= 62 ==> (bit(0x7FFFFFFF, k) <==> k <= 30);
    }
*/

#endif
