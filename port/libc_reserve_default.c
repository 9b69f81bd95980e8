// SPDX-License-Identifier: MIT
/* The reserve's RAM where the firmware says nothing: alone, so that a firmware's own takes its place. */
#include "libc_reserve.h"

_Static_assert(OBMALLOC_LIBC_RESERVE_BYTES >= OBMALLOC_HEAP_BYTES_MIN &&
                   OBMALLOC_LIBC_RESERVE_BYTES % 8 == 0,
               "OBMALLOC_LIBC_RESERVE is too small, or no multiple of 8");

char obmalloc_libc_reserve[OBMALLOC_LIBC_RESERVE_BYTES] __attribute__((aligned(8)));
const size_t obmalloc_libc_reserve_bytes = sizeof obmalloc_libc_reserve;
