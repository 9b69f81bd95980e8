// SPDX-License-Identifier: MIT
/*
 * What C and assembler know of each other. For ARMv7-M and up, heap_thumb2.S holds pools_malloc and
 * free_thumb2.S pools_free: the same steps as the C in heap.c and space.c, which other cores run and
 * which -DPOOLS_IN_C brings back. tests/unit/test_assembly.c proves that they do the same.
 */
#ifndef POOLS_ASSEMBLY_H
#define POOLS_ASSEMBLY_H

#if defined(__thumb2__) && !defined(POOLS_IN_C)
#define POOLS_ASSEMBLY 1
#endif

/* Where the assembler finds the fields of struct pools_heap; heap.c asserts it. */
#define HEAP_BASE         132
#define HEAP_FAST_FREE    136
#define HEAP_UNTOUCHED    140
#define HEAP_USED_CHUNKS  144
#define HEAP_BINS_FILLED  148
#define HEAP_PLENTY_BINS  152
#define HEAP_END          156
#define HEAP_PLENTY_BYTES 160
#define HEAP_HIGH_WATER   164
#define HEAP_CLEARED      168
#define HEAP_DRAIN_CLASS  172
#define HEAP_BINS         180

#ifndef __ASSEMBLER__
#include "pools.h"

/* Frees a block that looks as if it had been freed before, unless it has been. */
enum pools_status pools_free_suspect(struct pools_heap *heap, void *block);

/* What a block is that pools_free has refused. */
enum pools_status pools_refused(const struct pools_heap *heap, const void *block);
#endif

#endif
