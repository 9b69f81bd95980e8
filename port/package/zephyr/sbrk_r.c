// SPDX-License-Identifier: MIT
/*
 * Zephyr's C library glue defines _sbrk, which ends at no arena. newlib asks _sbrk_r, which is this one, and
 * port/sbrk.c answers under another name.
 */
#include <errno.h>
#include <reent.h>
#include <stddef.h>

/* What port/sbrk.c leaves. */
#undef errno
extern int errno;

void *obmalloc_sbrk(ptrdiff_t increment_bytes);
void *_sbrk_r(struct _reent *reent, ptrdiff_t increment_bytes);

void *_sbrk_r(struct _reent *reent, ptrdiff_t increment_bytes) {
    void *old_break = obmalloc_sbrk(increment_bytes);
    if (old_break == (void *)-1) {
        reent->_errno = errno;
    }
    return old_break;
}
