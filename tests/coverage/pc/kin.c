// SPDX-License-Identifier: MIT
/* The family of private_libc.h over one allocator: with its lock, its errno and its layers. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#ifdef OBMALLOC_GUARD_LIBC
/* As port/host/private_libc.py renames them, so that the guard stands in front. */
#define libc_malloc         unguarded_libc_malloc
#define libc_calloc         unguarded_libc_calloc
#define libc_realloc        unguarded_libc_realloc
#define libc_memalign       unguarded_libc_memalign
#define libc_aligned_alloc  unguarded_libc_aligned_alloc
#define libc_posix_memalign unguarded_libc_posix_memalign
#define libc__malloc_r      unguarded_libc__malloc_r
#define libc__calloc_r      unguarded_libc__calloc_r
#define libc__realloc_r     unguarded_libc__realloc_r
#define libc__memalign_r    unguarded_libc__memalign_r
#define libc__valloc_r      unguarded_libc__valloc_r
#define libc__pvalloc_r     unguarded_libc__pvalloc_r
#endif

#include "coverage/pc/stand_in.h"
#include "private_libc.h"
#if !ENTRY_LIBC_IS_REENTRANT
#include "libc_lock.h"
#endif

enum { PAGE_BYTES = 4096 };

#if ENTRY_LIBC_IS_REENTRANT
void *_sbrk(ptrdiff_t increment_bytes);
void __malloc_lock(struct _reent *reent);
void __malloc_unlock(struct _reent *reent);
#define LOCK()      __malloc_lock(_REENT)
#define UNLOCK()    __malloc_unlock(_REENT)
#define SBRK        _sbrk
#define NO_MEMORY() (_REENT->_errno = ENOMEM)
#elif defined(OBMALLOC_LOCK_NONE)
void *sbrk(ptrdiff_t increment_bytes);
#define LOCK()      ((void)0)
#define UNLOCK()    ((void)0)
#define SBRK        sbrk
#define NO_MEMORY() (errno = ENOMEM)
#else
#include <sys/lock.h>
extern struct __lock __lock___libc_recursive_mutex;
void *sbrk(ptrdiff_t increment_bytes);
#define LOCK()      __retarget_lock_acquire_recursive(&__lock___libc_recursive_mutex)
#define UNLOCK()    __retarget_lock_release_recursive(&__lock___libc_recursive_mutex)
#define SBRK        sbrk
#define NO_MEMORY() (errno = ENOMEM)
#endif

char *stand_in_more(size_t bytes) {
    char *more = SBRK((ptrdiff_t)bytes);
    return (intptr_t)more == -1 ? NULL : more;
}

void *libc_memalign(size_t alignment_bytes, size_t request_bytes) {
    size_t alignment =
        alignment_bytes < STAND_IN_ALIGNMENT_BYTES ? STAND_IN_ALIGNMENT_BYTES : alignment_bytes;
    LOCK();
    void *block =
        (alignment & (alignment - 1)) != 0 ? NULL : stand_in_take(alignment, request_bytes);
    UNLOCK();
    if (!block) {
        NO_MEMORY();
    }
    return block;
}

void *libc_malloc(size_t request_bytes) {
    return libc_memalign(STAND_IN_ALIGNMENT_BYTES, request_bytes);
}

void libc_free(void *block) {
    LOCK();
    if (block) {
        stand_in_give(block);
    }
    UNLOCK();
}

void *libc_calloc(size_t element_count, size_t element_bytes) {
    size_t bytes;
    if (__builtin_mul_overflow(element_count, element_bytes, &bytes)) {
        NO_MEMORY();
        return NULL;
    }
    void *block = libc_malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

size_t libc_malloc_usable_size(void *block) {
    return block ? stand_in_usable_bytes(block) : 0;
}

/* The lock nests, as newlib's does. */
void *libc_realloc(void *block, size_t request_bytes) {
    if (!block) {
        return libc_malloc(request_bytes);
    }
#if defined(_NANO_FORMATTED_IO) || !ENTRY_LIBC_IS_REENTRANT
    if (request_bytes == 0) {
        libc_free(block);
        return NULL;
    }
#endif
    LOCK();
    size_t old_bytes = stand_in_usable_bytes(block);
    void *result = block;
    if (request_bytes > old_bytes) {
        result = libc_malloc(request_bytes);
        if (result) {
            memcpy(result, block, old_bytes);
            libc_free(block);
        }
    }
    UNLOCK();
    return result;
}

static struct mallinfo sums(void) {
    size_t heap_bytes, free_bytes;
    stand_in_sums(&heap_bytes, &free_bytes);
    return (struct mallinfo){
        .arena = heap_bytes, .uordblks = heap_bytes - free_bytes, .fordblks = free_bytes};
}

#if ENTRY_LIBC_IS_REENTRANT
/* errno goes to the caller's struct. */
static void *told(struct _reent *reent, void *block) {
    if (!block) {
        reent->_errno = ENOMEM;
    }
    return block;
}

void *libc__malloc_r(struct _reent *reent, size_t request_bytes) {
    return told(reent, libc_malloc(request_bytes));
}

void libc__free_r(struct _reent *reent, void *block) {
    (void)reent;
    libc_free(block);
}

void *libc__calloc_r(struct _reent *reent, size_t element_count, size_t element_bytes) {
    return told(reent, libc_calloc(element_count, element_bytes));
}

void *libc__realloc_r(struct _reent *reent, void *block, size_t request_bytes) {
    void *result = libc_realloc(block, request_bytes);
    return request_bytes == 0 ? result : told(reent, result);
}

void *libc__memalign_r(struct _reent *reent, size_t alignment_bytes, size_t request_bytes) {
    return told(reent, libc_memalign(alignment_bytes, request_bytes));
}

void *libc__valloc_r(struct _reent *reent, size_t request_bytes) {
    return libc__memalign_r(reent, PAGE_BYTES, request_bytes);
}

void *libc__pvalloc_r(struct _reent *reent, size_t request_bytes) {
    return libc__memalign_r(reent, PAGE_BYTES,
                            (request_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1));
}

size_t libc__malloc_usable_size_r(struct _reent *reent, void *block) {
    (void)reent;
    return libc_malloc_usable_size(block);
}

struct mallinfo libc__mallinfo_r(struct _reent *reent) {
    (void)reent;
    return sums();
}

/* Refuses every parameter, as both newlibs refuse one that they do not know. */
int libc__mallopt_r(struct _reent *reent, int parameter, int value) {
    (void)reent;
    (void)parameter;
    (void)value;
    return 0;
}

int libc__malloc_trim_r(struct _reent *reent, size_t keep_bytes) {
    (void)reent;
    (void)keep_bytes;
    return 0;
}
#else
void *libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    return libc_memalign(alignment_bytes, request_bytes);
}

int libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    int errno_before = errno;
    if (alignment_bytes % sizeof(void *) != 0 || (alignment_bytes & (alignment_bytes - 1)) != 0 ||
        alignment_bytes == 0) {
        return EINVAL;
    }
    void *block = libc_memalign(alignment_bytes, request_bytes);
    errno = errno_before;
    if (!block) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

struct mallinfo libc_mallinfo(void) {
    return sums();
}
#endif
