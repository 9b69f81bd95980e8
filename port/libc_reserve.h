// SPDX-License-Identifier: MIT
/*
 * A reserve for what newlib allocates for itself, for firmware that goes on where memory has ended.
 *
 * newlib's printf of floating point, strtod and scanf end in an assertion where they find no memory for their
 * numbers. nano's first use of stdio writes through NULL then, and its rand, localtime, gmtime, asctime, strtok
 * and the like assert at their first call. picolibc does none of this: its printf and strtod do not allocate.
 *
 * In an image with the reserve these ask it when nothing else is left, under either flag. Nobody else does:
 * neither malloc and its kin, nor those functions of the library whose block is the caller's, like strdup, asprintf
 * or getline, nor stdio's buffers, without which a stream works unbuffered. So a firmware that takes all memory
 * there is can still print 1.5, and abort in peace.
 *
 * It is a choice of the link line, OBMALLOC_LIBC_RESERVE in obmalloc.mk, or these words:
 *     -Wl,--wrap=_malloc_r -Wl,--wrap=_calloc_r
 * Without them nothing of it is linked, and nothing is different. With them it costs the RAM below, some 600 bytes
 * of flash, and a few instructions for each block that the library allocates for itself. Constructors must run.
 * The state of nano's functions is prepared for the reent that constructors see, _impure_ptr's.
 *
 * Threads and interrupts: as malloc (obmalloc.h). Where the reserve is in use it is one of the heaps of
 * obmalloc_heap.h, of which it takes a place, and costs the calls under flag 0 what any heap does.
 */
#ifndef OBMALLOC_LIBC_RESERVE_H
#define OBMALLOC_LIBC_RESERVE_H

#include "obmalloc_heap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The RAM: a firmware that wants more, less or another place defines both itself; the library's own are in
 * .bss and have OBMALLOC_LIBC_RESERVE_BYTES, at build. Address and size: multiples of 8; of the
 * bytes, OBMALLOC_HEAP_HEADER_BYTES are the reserve's own. tests/oom/README.md says how many are enough for what. */
extern char obmalloc_libc_reserve[];
extern const size_t obmalloc_libc_reserve_bytes;

#ifndef OBMALLOC_LIBC_RESERVE_BYTES
#define OBMALLOC_LIBC_RESERVE_BYTES 4608
#endif

/* Returns the reserve as a heap, for obmalloc_heap_statistics(), or NULL as long as nobody needed it, or iff
 * its RAM is none that a heap can have. */
struct obmalloc_heap *obmalloc_libc_reserve_heap(void);

#ifdef __cplusplus
}
#endif

#endif
