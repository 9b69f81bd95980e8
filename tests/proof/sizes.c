// SPDX-License-Identifier: MIT
/* Proved: sizes, classes, bins; addresses and granules; what belongs to the heap. */
#include "words.h"

#include "chunk.h"
#include "map.h"
#include "plenty.h"
#include "pools.h"
