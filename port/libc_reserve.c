// SPDX-License-Identifier: MIT
/*
 * In front of newlib's reentrant layer by the linker's --wrap, because what calls that layer is the library
 * itself. Which of its requests the reserve is for is told by the layer's function: numbers are taken by
 * _calloc_r, and nothing else is.
 */
#include "libc_reserve.h"

#include <errno.h>
#include <reent.h>
#include <stdio.h>

void *__real__malloc_r(struct _reent *reent, size_t request_bytes);
void *__real__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes);
void *__wrap__malloc_r(struct _reent *reent, size_t request_bytes);
void *__wrap__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes);

static struct obmalloc_heap *heap;

struct obmalloc_heap *obmalloc_libc_reserve_heap(void) {
    return heap;
}

/* Made when it is first needed: until then it costs no call anything. */
static struct obmalloc_heap *opened(void) {
    if (!heap) {
        (void)obmalloc_heap_create(obmalloc_libc_reserve,
                                   obmalloc_libc_reserve + obmalloc_libc_reserve_bytes, &heap);
    }
    return heap;
}

/* The library's request as if it had not failed before. */
static void *from_reserve(struct _reent *reent, int errno_before, size_t element_count,
                          size_t element_bytes) {
    struct obmalloc_heap *reserve = opened();
    void *block = reserve ? obmalloc_heap_calloc(reserve, element_count, element_bytes) : (void *)0;
    reent->_errno = block ? errno_before : ENOMEM;
    return block;
}

void *__wrap__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes) {
    int errno_before = reent->_errno;
    void *block = __real__calloc_r(reent, element_count, element_bytes);
    return block ? block : from_reserve(reent, errno_before, element_count, element_bytes);
}

#ifdef _REENT_SMALL

/* The streams that the set-up of stdio takes at once, stdin, stdout and stderr among them. */
enum { SET_UP_BYTES = sizeof(struct _glue) + 4 * sizeof(FILE) };

/* stderr is the last of the three that the set-up fills in. */
static bool is_set_up(const struct _reent *reent, size_t request_bytes) {
    return request_bytes == SET_UP_BYTES &&
           (const void *)reent->_stderr == (const void *)&__sf_fake_stderr;
}

void *__wrap__malloc_r(struct _reent *reent, size_t request_bytes) {
    int errno_before = reent->_errno;
    void *block = __real__malloc_r(reent, request_bytes);
    return block || !is_set_up(reent, request_bytes)
               ? block
               : from_reserve(reent, errno_before, 1, request_bytes);
}

/* What nano asks for by malloc at the first call of a function, and asserts that it gets. */
static struct _mprec mprec;
static struct _rand48 rand48;
static struct __tm tm;
static struct _misc_reent misc;
static char asctime_buffer[_REENT_ASCTIME_SIZE];

/* Before the firmware's own constructors, which may print. */
__attribute__((constructor(101))) static void prepare_state(void) {
    struct _reent *reent = _REENT;
    reent->_mp = &mprec;
    _REENT_INIT_MP(reent);
    reent->_r48 = &rand48;
    _REENT_INIT_RAND48(reent);
    reent->_localtime_buf = &tm;
    reent->_misc = &misc;
    _REENT_INIT_MISC(reent);
    reent->_asctime_buf = asctime_buffer;
}

#else

void *__wrap__malloc_r(struct _reent *reent, size_t request_bytes) {
    return __real__malloc_r(reent, request_bytes);
}

#endif
