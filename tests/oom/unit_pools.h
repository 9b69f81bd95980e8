// SPDX-License-Identifier: MIT
/*
 * Included in front of the unit tests' sources: what they ask of the pools goes by units.c, which refuses what the
 * plan says. A request is one, whether the fast path serves it or the full one.
 */
#ifndef TESTS_OOM_UNIT_POOLS_H
#define TESTS_OOM_UNIT_POOLS_H

#include "pools.h"

enum pools_status unit_open(struct pools_heap *heap, void *start, void *end);
void *unit_malloc(struct pools_heap *heap, size_t request_bytes);
void *unit_malloc_fast(struct pools_heap *heap, size_t request_bytes);
void *unit_memalign(struct pools_heap *heap, size_t alignment_bytes, size_t request_bytes);
void *unit_realloc(struct pools_heap *heap, void *block, size_t request_bytes);
void *unit_realloc_fast(struct pools_heap *heap, void *block, size_t request_bytes);
void *unit_resize(struct pools_heap *heap, void *block, size_t request_bytes);
void *unit_slide_begin(struct pools_heap *heap, void *block, size_t request_bytes);
enum pools_status unit_free(struct pools_heap *heap, void *block);
bool unit_free_fast(struct pools_heap *heap, void *block);

#ifndef UNIT_POOLS_THEMSELVES
#define pools_open         unit_open
#define pools_malloc       unit_malloc
#define pools_malloc_fast  unit_malloc_fast
#define pools_memalign     unit_memalign
#define pools_realloc      unit_realloc
#define pools_realloc_fast unit_realloc_fast
#define pools_resize       unit_resize
#define pools_slide_begin  unit_slide_begin
#define pools_free         unit_free
#define pools_free_fast    unit_free_fast
#endif

#endif
