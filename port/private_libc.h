// SPDX-License-Identifier: MIT
/*
 * The C library's own allocator under its private names, as host/private_libc.py makes them.
 *
 * Behaviour, errno and locking are the library's, untouched. It knows of no arena: hand it only
 * blocks that it served itself.
 *
 * newlib's functions are two layers, and private_... is the lower one: it takes the caller's struct
 * _reent, which the upper one only looks up. picolibc's are one layer.
 */
#ifndef OBMALLOC_PRIVATE_LIBC_H
#define OBMALLOC_PRIVATE_LIBC_H

#include <malloc.h>
#include <stddef.h>

#include "entry.h"
#if ENTRY_LIBC_IS_REENTRANT
#include <sys/reent.h>
#endif

void *libc_malloc(size_t request_bytes);
void libc_free(void *block);
void *libc_calloc(size_t element_count, size_t element_bytes);
void *libc_realloc(void *block, size_t request_bytes);
void *libc_memalign(size_t alignment_bytes, size_t request_bytes);
size_t libc_malloc_usable_size(void *block);

#if ENTRY_LIBC_IS_REENTRANT

void *libc__malloc_r(struct _reent *reent, size_t request_bytes);
void libc__free_r(struct _reent *reent, void *block);
void *libc__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes);
void *libc__realloc_r(struct _reent *reent, void *block, size_t request_bytes);
void *libc__memalign_r(struct _reent *reent, size_t alignment_bytes, size_t request_bytes);
void *libc__valloc_r(struct _reent *reent, size_t request_bytes);
void *libc__pvalloc_r(struct _reent *reent, size_t request_bytes);
size_t libc__malloc_usable_size_r(struct _reent *reent, void *block);
struct mallinfo libc__mallinfo_r(struct _reent *reent);
int libc__mallopt_r(struct _reent *reent, int parameter, int value);
int libc__malloc_trim_r(struct _reent *reent, size_t keep_bytes); /* full newlib only */

#define private_malloc(request_bytes) libc__malloc_r(_REENT, request_bytes)
#define private_free(block)           libc__free_r(_REENT, block)
#define private_calloc(element_count, element_bytes)                                               \
    libc__calloc_r(_REENT, element_count, element_bytes)
#define private_realloc(block, request_bytes) libc__realloc_r(_REENT, block, request_bytes)
#define private_memalign(alignment_bytes, request_bytes)                                           \
    libc__memalign_r(_REENT, alignment_bytes, request_bytes)
#define private_malloc_usable_size(block) libc__malloc_usable_size_r(_REENT, block)
#define private_mallinfo()                libc__mallinfo_r(_REENT)

#else

/* Debian's newlib declares the first two without being able to link them. */
void *libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes);
int libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes);
struct mallinfo libc_mallinfo(void);

#define private_malloc             libc_malloc
#define private_free               libc_free
#define private_calloc             libc_calloc
#define private_realloc            libc_realloc
#define private_memalign           libc_memalign
#define private_malloc_usable_size libc_malloc_usable_size
#define private_mallinfo           libc_mallinfo

#endif

#endif
