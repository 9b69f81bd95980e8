// SPDX-License-Identifier: MIT
/* For programs without the reserve: it is nowhere. */
#include "libc_reserve.h"

char obmalloc_libc_reserve[1];
const size_t obmalloc_libc_reserve_bytes = 0;
