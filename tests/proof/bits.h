// SPDX-License-Identifier: MIT
/* What bits are left by C's operators: lemmas, each a goal of its own, proved from WP's theory of them. */
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
    lemma bits_zero: \forall integer k; 0 <= k ==> !bit(0, k);
*/

#endif
