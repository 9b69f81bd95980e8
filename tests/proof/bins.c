// SPDX-License-Identifier: MIT
/* Proved: the bins' lists of free chunks, and what is written into a free chunk. */
#include "bits.h"

/* The words of a granule, as the provers want it told: its first word's number is even. */
/*@ lemma granule_of_words: \forall integer a;
      0 <= a && a % 8 == 0 ==> 4 * (a / 4) == a && a / 4 == 2 * (a / 8);
*/

#include "space_give.h"
