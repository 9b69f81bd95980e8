// SPDX-License-Identifier: MIT
/* Proved: the map's bits set, cleared, shown and found. */
#include "bits.h"

#include "map.h"
#include "plenty.h"
#include "pools.h"
#include "space_give.h"

#include "identity.c"
