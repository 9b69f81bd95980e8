// SPDX-License-Identifier: MIT
/* The same mix; the image with the port has a heap beside the main one all the while, with_heap.c. */
#include "mix.c"
