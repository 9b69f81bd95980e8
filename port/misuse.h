// SPDX-License-Identifier: MIT
/* What the pools refuse, in the words of obmalloc.h. */
#ifndef OBMALLOC_MISUSE_H
#define OBMALLOC_MISUSE_H

#include "obmalloc.h"

/* status: any but POOLS_OK. */
enum obmalloc_misuse_kind misuse_kind_of(enum pools_status status);

/* The kind in words, static. In the tiers above basic. */
const char *misuse_sentence(enum obmalloc_misuse_kind kind);

#endif
