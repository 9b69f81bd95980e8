// SPDX-License-Identifier: MIT
/* What is wrong with a block, in CPython's words and order. */
#include <string.h>

#include "py_debug.h"
#include "py_domains.h"
#include "py_home.h"
#include "py_report.h"
#include "state.h"

/* Longer than any sentence with two characters or two addresses in it. */
enum { MESSAGE_BYTES = 112, DATA_SHOWN_BYTES = 8 };

size_t py_debug_read_size(const uint8_t *from) {
    size_t value = 0;
    for (size_t i = 0; i < PY_DEBUG_S; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

void py_debug_write_size(uint8_t *to, size_t value) {
    for (size_t i = PY_DEBUG_S; i-- > 0;) {
        to[i] = (uint8_t)value;
        value >>= 8;
    }
}

static int all_are(const uint8_t *from, size_t bytes, uint8_t wanted) {
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != wanted) {
            return 0;
        }
    }
    return 1;
}

/* A line for each pad byte; `sign` and the offset name its place. */
static void put_pad(const uint8_t *pad, size_t bytes, const char *place, int counts_down) {
    if (all_are(pad, bytes, PYMEM_FORBIDDENBYTE)) {
        py_put("FORBIDDENBYTE, as expected.\n");
        return;
    }
    py_put("not all FORBIDDENBYTE (0x");
    py_put_byte(PYMEM_FORBIDDENBYTE);
    py_put("):\n");
    for (size_t i = 0; i < bytes; i++) {
        py_put("        at ");
        py_put(place);
        py_put_decimal(counts_down ? bytes - i : i);
        py_put(": 0x");
        py_put_byte(pad[i]);
        py_put(pad[i] == PYMEM_FORBIDDENBYTE ? "\n" : " *** OUCH\n");
    }
}

static void put_bytes(const uint8_t *from, const uint8_t *end) {
    while (from < end) {
        py_put(" ");
        py_put_byte(*from++);
    }
}

static void put_data(const uint8_t *data, size_t bytes) {
    const uint8_t *end = data + bytes;
    py_put("    Data at p:");
    if (bytes <= 2 * DATA_SHOWN_BYTES) {
        put_bytes(data, end);
    } else {
        put_bytes(data, data + DATA_SHOWN_BYTES);
        py_put(" ...");
        put_bytes(end - DATA_SHOWN_BYTES, end);
    }
    py_put("\n");
}

/* usable_bytes: of the block below, from its header on; 0 = there is none, SIZE_MAX = unknown. */
static int tail_is_inside(size_t bytes, size_t usable_bytes) {
    return usable_bytes >= PY_DEBUG_EXTRA_BYTES && bytes <= usable_bytes - PY_DEBUG_EXTRA_BYTES;
}

static void put_tail(const uint8_t *data, size_t bytes, size_t usable_bytes) {
    const uint8_t *tail = data + bytes;
    py_put("    The ");
    py_put_decimal(PY_DEBUG_S);
    py_put(" pad bytes at tail=");
    py_put_hex((uintptr_t)tail, 1);
    py_put(" are ");
    if (!tail_is_inside(bytes, usable_bytes)) {
        py_put("beyond the block's end, and not read.\n");
        return;
    }
    put_pad(tail, PY_DEBUG_S, "tail+", 0);
#ifdef PYMEM_DEBUG_SERIALNO
    py_put("    The block was made by call #");
    py_put_decimal(py_debug_read_size(tail + PY_DEBUG_S));
    py_put(" to debug malloc/realloc.\n");
#endif
    if (bytes > 0) {
        put_data(data, bytes);
    }
}

/* CPython's _PyObject_DebugDumpAddress. */
static void dump(const uint8_t *data, size_t usable_bytes) {
    const uint8_t *pad = data - PY_DEBUG_S + 1;
    size_t pad_bytes = PY_DEBUG_S - 1;
    size_t bytes = py_debug_read_size(data - PY_DEBUG_HEAD_BYTES);
    py_put("Debug memory block at address p=");
    py_put_hex((uintptr_t)data, 1);
    py_put(": API '");
    py_put_char((char)data[-(int)PY_DEBUG_S]);
    py_put("'\n    ");
    py_put_decimal(bytes);
    py_put(" bytes originally requested\n    The ");
    py_put_decimal(pad_bytes);
    py_put(" pad bytes at p-");
    py_put_decimal(pad_bytes);
    py_put(" are ");
    put_pad(pad, pad_bytes, "p-", 1);
    if (!all_are(pad, pad_bytes, PYMEM_FORBIDDENBYTE)) {
        py_put("    Because memory is corrupted at the start, the count of bytes requested\n"
               "       may be bogus, and checking the trailing pad bytes may segfault.\n");
    }
    put_tail(data, bytes, usable_bytes);
    py_put("\n");
}

static void Py_NO_RETURN fail(const struct py_debug_call *call, const uint8_t *data,
                              const char *message, const char *more) {
    const struct obmalloc_fatal fatal = {
        .func = call->func, .message = message, .caller = call->caller, .address = data};
    py_fatal(&fatal, more);
}

static char *append(char *to, const char *text) {
    size_t bytes = strlen(text);
    memcpy(to, text, bytes + 1);
    return to + bytes;
}

static char *append_address(char *to, const void *address) {
    to = append(to, "0x");
    for (int shift = 28; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[(uintptr_t)address >> shift & 0xF];
    }
    *to = '\0';
    return to;
}

static void Py_NO_RETURN fail_for_id(const struct py_debug_call *call, const uint8_t *data,
                                     char wanted) {
    char message[MESSAGE_BYTES];
    char *end = append(message, "bad ID: Allocated using API '");
    *end++ = (char)data[-(int)PY_DEBUG_S];
    end = append(end, "', verified using API '");
    *end++ = wanted;
    append(end, "'");
    fail(call, data, message, NULL);
}

static const void *heap_name(struct obmalloc_heap *heap) {
    return heap ? heap : (const void *)&obmalloc_heap;
}

static void Py_NO_RETURN fail_for_heap(const struct py_debug_call *call, const uint8_t *data,
                                       struct obmalloc_heap *home) {
    char message[MESSAGE_BYTES];
    char *end = append(message, "other heap: the block is of heap ");
    end = append_address(end, heap_name(home));
    end = append(end, ", freed into heap ");
    append_address(end, heap_name(pymem_current_heap));
    fail(call, data, message, NULL);
}

/* What the header looks like behind a free: all dead, unless the allocator below has put words of its
 * own there, which it then knows. */
static int is_dead(const struct py_home *home, const uint8_t *data) {
    return home->status == POOLS_DOUBLE_FREE ||
           (home->status != POOLS_OK && all_are(data - PY_DEBUG_S, PY_DEBUG_S, PYMEM_DEADBYTE)) ||
           all_are(data - PY_DEBUG_HEAD_BYTES, PY_DEBUG_HEAD_BYTES, PYMEM_DEADBYTE);
}

void py_debug_check(const struct py_debug_call *call, const uint8_t *data) {
    static const char ids[] = {'r', 'm', 'o'};
    char wanted = ids[call->domain];
    int is_pools = call->below->malloc == _PyObject_Malloc;
    int is_ours = is_pools || call->below->malloc == _PyMem_RawMalloc;
    struct py_home home = {.status = POOLS_NOT_OWNED};
    if (is_ours) {
        home = py_home_of(data - PY_DEBUG_HEAD_BYTES);
    }
    /* A length read from what is no block of ours leads anywhere: nothing behind it is read. */
    size_t usable_bytes = !is_ours ? SIZE_MAX : home.status == POOLS_OK ? home.usable_bytes : 0;
    if (is_dead(&home, data)) {
        py_put("Debug memory block at address p=");
        py_put_hex((uintptr_t)data, 1);
        py_put(": free already\n\n");
        fail(call, data, "double free", NULL);
    }
    if ((char)data[-(int)PY_DEBUG_S] != wanted) {
        dump(data, usable_bytes);
        fail_for_id(call, data, wanted);
    }
    if (!all_are(data - PY_DEBUG_S + 1, PY_DEBUG_S - 1, PYMEM_FORBIDDENBYTE)) {
        dump(data, usable_bytes);
        fail(call, data, "bad leading pad byte", NULL);
    }
    size_t bytes = py_debug_read_size(data - PY_DEBUG_HEAD_BYTES);
    if (!tail_is_inside(bytes, usable_bytes) ||
        !all_are(data + bytes, PY_DEBUG_S, PYMEM_FORBIDDENBYTE)) {
        dump(data, usable_bytes);
        fail(call, data, "bad trailing pad byte", NULL);
    }
    /* The main heap's blocks have no heap. What is no block has failed above: it has no tail. */
    if (is_pools && home.heap != pymem_current_heap && !home.is_orphan) {
        dump(data, usable_bytes);
        fail_for_heap(call, data, home.heap);
    }
}

void py_debug_check_thread(const struct py_debug_call *call) {
    if (py_exception_number() != 0) {
        fail(call, NULL, "Python memory allocator called without holding the GIL",
             "It was called from an interrupt; only PyMem_Raw is for handlers, under a lock that "
             "masks "
             "them.\n");
    }
}
