// SPDX-License-Identifier: MIT
/*
 * The C library's own allocator under its private names, as host/private_libc.py makes them.
 *
 * Behaviour, errno and locking are the library's, untouched. It knows of no arena: hand it only
 * blocks that it served itself.
 */
#ifndef OBMALLOC_PRIVATE_LIBC_H
#define OBMALLOC_PRIVATE_LIBC_H

#include <malloc.h>
#include <stddef.h>
#include <sys/reent.h>

void *libc_malloc(size_t request_bytes);
void libc_free(void *block);
void *libc_calloc(size_t element_count, size_t element_bytes);
void *libc_realloc(void *block, size_t request_bytes);
void *libc_memalign(size_t alignment_bytes, size_t request_bytes);
size_t libc_malloc_usable_size(void *block);

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

#endif
