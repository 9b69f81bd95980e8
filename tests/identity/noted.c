// SPDX-License-Identifier: MIT
/* The same calls; the image with the port notes in a ledger what is allocated before main. */
#include "first.c"
