// SPDX-License-Identifier: MIT
/* CPython's debug hooks: a table around a table. */
#include <string.h>

#include "py_debug.h"
#include "py_domains.h"

/* How much of each end of a block realloc makes dead: a program that still uses the old one shall see
 * it. What was there is kept on the stack meanwhile. */
enum { ERASED_BYTES = 64 };

struct hooks {
    PyMemAllocatorDomain domain;
    PyMemAllocatorEx below;
};

static struct hooks hooks[PYMEM_DOMAIN_COUNT] = {
    {.domain = PYMEM_DOMAIN_RAW}, {.domain = PYMEM_DOMAIN_MEM}, {.domain = PYMEM_DOMAIN_OBJ}};

static const char ids[PYMEM_DOMAIN_COUNT] = {'r', 'm', 'o'};

#ifdef PYMEM_DEBUG_SERIALNO
static size_t serial_number;
#endif

/* Writes what is around a block of `bytes` whose header is at `head`. Returns the block. */
static uint8_t *dress(const struct hooks *of, uint8_t *head, size_t bytes, size_t serial) {
    uint8_t *data = head + PY_DEBUG_HEAD_BYTES;
    py_debug_write_size(head, bytes);
    head[PY_DEBUG_S] = (uint8_t)ids[of->domain];
    memset(head + PY_DEBUG_S + 1, PYMEM_FORBIDDENBYTE, PY_DEBUG_S - 1);
    memset(data + bytes, PYMEM_FORBIDDENBYTE, PY_DEBUG_S);
#ifdef PYMEM_DEBUG_SERIALNO
    py_debug_write_size(data + bytes + PY_DEBUG_S, serial);
#else
    (void)serial;
#endif
    return data;
}

static size_t next_serial(void) {
#ifdef PYMEM_DEBUG_SERIALNO
    return ++serial_number;
#else
    return 0;
#endif
}

size_t pymem_debug_serial(void) {
#ifdef PYMEM_DEBUG_SERIALNO
    return serial_number;
#else
    return 0;
#endif
}

static size_t serial_of(const uint8_t *data, size_t bytes) {
#ifdef PYMEM_DEBUG_SERIALNO
    return py_debug_read_size(data + bytes + PY_DEBUG_S);
#else
    (void)data;
    (void)bytes;
    return 0;
#endif
}

static int is_too_large(size_t bytes) {
    return bytes > (size_t)PY_SSIZE_T_MAX - PY_DEBUG_EXTRA_BYTES;
}

static void *make(const struct hooks *of, size_t bytes, int is_clean) {
    if (is_too_large(bytes)) {
        return NULL;
    }
    size_t total = bytes + PY_DEBUG_EXTRA_BYTES;
    uint8_t *head = is_clean ? of->below.calloc(of->below.ctx, 1, total)
                             : of->below.malloc(of->below.ctx, total);
    if (!head) {
        return NULL;
    }
    uint8_t *data = dress(of, head, bytes, next_serial());
    if (!is_clean) {
        memset(data, PYMEM_CLEANBYTE, bytes);
    }
    return data;
}

static struct py_debug_call call_of(const struct hooks *of, const char *func) {
    return (struct py_debug_call){
        .func = func, .caller = pymem_caller, .domain = of->domain, .below = &of->below};
}

static void release(const struct hooks *of, uint8_t *data) {
    if (!data) {
        return;
    }
    const struct py_debug_call call = call_of(of, "_PyMem_DebugRawFree");
    py_debug_check(&call, data);
    uint8_t *head = data - PY_DEBUG_HEAD_BYTES;
    memset(head, PYMEM_DEADBYTE, py_debug_read_size(head) + PY_DEBUG_EXTRA_BYTES);
    of->below.free(of->below.ctx, head);
}

/* The two ends of a block, or all of it if they meet. */
struct erased {
    size_t front_bytes;
    size_t back_bytes;
    uint8_t kept[2 * ERASED_BYTES];
};

static void erase(struct erased *erased, uint8_t *data, size_t bytes) {
    int is_short = bytes <= sizeof erased->kept;
    erased->front_bytes = is_short ? bytes : ERASED_BYTES;
    erased->back_bytes = is_short ? 0 : ERASED_BYTES;
    uint8_t *back = data + bytes - erased->back_bytes;
    memcpy(erased->kept, data, erased->front_bytes);
    memcpy(erased->kept + erased->front_bytes, back, erased->back_bytes);
    memset(data - PY_DEBUG_HEAD_BYTES, PYMEM_DEADBYTE, PY_DEBUG_HEAD_BYTES + erased->front_bytes);
    memset(back, PYMEM_DEADBYTE, erased->back_bytes + PY_DEBUG_EXTRA_BYTES - PY_DEBUG_HEAD_BYTES);
}

static size_t smaller(size_t one, size_t other) {
    return one < other ? one : other;
}

/* Puts the ends back as far as they fit into `bytes`. */
static void restore(const struct erased *erased, uint8_t *data, size_t old_bytes, size_t bytes) {
    size_t back_offset = old_bytes - erased->back_bytes;
    memcpy(data, erased->kept, smaller(bytes, erased->front_bytes));
    if (bytes > back_offset) {
        memcpy(data + back_offset, erased->kept + erased->front_bytes,
               smaller(bytes - back_offset, erased->back_bytes));
    }
}

static void *resize(const struct hooks *of, uint8_t *data, size_t bytes) {
    if (!data) {
        return make(of, bytes, 0);
    }
    const struct py_debug_call call = call_of(of, "_PyMem_DebugRawRealloc");
    py_debug_check(&call, data);
    if (is_too_large(bytes)) {
        return NULL;
    }
    uint8_t *head = data - PY_DEBUG_HEAD_BYTES;
    size_t old_bytes = py_debug_read_size(head);
    size_t old_serial = serial_of(data, old_bytes);
    struct erased erased;
    erase(&erased, data, old_bytes);
    uint8_t *new_head = of->below.realloc(of->below.ctx, head, bytes + PY_DEBUG_EXTRA_BYTES);
    if (!new_head) {
        restore(&erased, dress(of, head, old_bytes, old_serial), old_bytes, old_bytes);
        return NULL;
    }
    data = dress(of, new_head, bytes, next_serial());
    restore(&erased, data, old_bytes, bytes);
    if (bytes > old_bytes) {
        memset(data + old_bytes, PYMEM_CLEANBYTE, bytes - old_bytes);
    }
    return data;
}

/* What stands in the tables. */

static void *_PyMem_DebugRawMalloc(void *ctx, size_t size) {
    return make(ctx, size, 0);
}

/* The product has been looked at by the entry point. */
static void *_PyMem_DebugRawCalloc(void *ctx, size_t nelem, size_t elsize) {
    return make(ctx, nelem * elsize, 1);
}

static void *_PyMem_DebugRawRealloc(void *ctx, void *ptr, size_t new_size) {
    return resize(ctx, ptr, new_size);
}

static void _PyMem_DebugRawFree(void *ctx, void *ptr) {
    release(ctx, ptr);
}

static void check_thread(const struct hooks *of, const char *func) {
    const struct py_debug_call call = call_of(of, func);
    py_debug_check_thread(&call);
}

static void *_PyMem_DebugMalloc(void *ctx, size_t size) {
    check_thread(ctx, __func__);
    return make(ctx, size, 0);
}

static void *_PyMem_DebugCalloc(void *ctx, size_t nelem, size_t elsize) {
    check_thread(ctx, __func__);
    return make(ctx, nelem * elsize, 1);
}

static void *_PyMem_DebugRealloc(void *ctx, void *ptr, size_t new_size) {
    check_thread(ctx, __func__);
    return resize(ctx, ptr, new_size);
}

static void _PyMem_DebugFree(void *ctx, void *ptr) {
    check_thread(ctx, __func__);
    release(ctx, ptr);
}

static int is_hooked(PyMemAllocatorDomain domain) {
    return pymem_tables[domain].malloc == _PyMem_DebugRawMalloc ||
           pymem_tables[domain].malloc == _PyMem_DebugMalloc;
}

int pymem_below_hooks(PyMemAllocatorDomain domain, PyMemAllocatorEx *below) {
    if (!is_hooked(domain)) {
        return 0;
    }
    *below = hooks[domain].below;
    return 1;
}

void pymem_hook_domain(PyMemAllocatorDomain domain) {
    if (is_hooked(domain)) {
        return;
    }
    hooks[domain].below = pymem_tables[domain];
    pymem_tables[domain] =
        domain == PYMEM_DOMAIN_RAW
            ? (PyMemAllocatorEx){&hooks[domain], _PyMem_DebugRawMalloc, _PyMem_DebugRawCalloc,
                                 _PyMem_DebugRawRealloc, _PyMem_DebugRawFree}
            : (PyMemAllocatorEx){&hooks[domain], _PyMem_DebugMalloc, _PyMem_DebugCalloc,
                                 _PyMem_DebugRealloc, _PyMem_DebugFree};
}

void PyMem_SetupDebugHooks(void) {
    pymem_hook_domain(PYMEM_DOMAIN_RAW);
    pymem_hook_domain(PYMEM_DOMAIN_MEM);
    pymem_hook_domain(PYMEM_DOMAIN_OBJ);
}
