// SPDX-License-Identifier: MIT
/* What an operation becomes in a recording. RECORD.md describes the bytes. */
#include "watch/record.h"

#include "lock.h"
#include "watch/record_buffer.h"

extern char __obmalloc_record_start[] __attribute__((weak));
extern char __obmalloc_record_end[] __attribute__((weak));

/* The first byte of an entry. A block ends with a byte 0, or full. */
enum kind {
    KIND_FREE = 1,
    KIND_MALLOC,
    KIND_CALLOC,
    KIND_MEMALIGN,
    KIND_REALLOC,
    KIND_REALLOC_BEGINS,
    KIND_OTHER, /* with one of `enum other` where the flags are */
    KIND_COUNT
};
enum flag {
    FLAG_NULL = 1 << 3,      /* the answer was NULL */
    FLAG_UNALIGNED = 1 << 4, /* the address is no multiple of 8 */
    FLAG_CALLER = 1 << 5,    /* another caller than the last of this kind in this block */
    FLAG_MOVED = 1 << 6      /* realloc's result is another address */
};
enum other { OTHER_CALLER = 1 << 3, OTHER_FORGOTTEN = 2 << 3, OTHER_END = 3 << 3 };

enum {
    ENTRY_BYTES_MAX = 40,
    OTHER_BYTES_MAX = 14,
    CALLER_LOOKS = 8,
    CALLER_WRITTEN_OUT = 255 /* its address follows */
};

/* Between an operation's pieces. */
struct entry {
    uint32_t kind;
    uint32_t flags;
    uint32_t caller;
    uint32_t address; /* of the block; of realloc, the old one */
    uint32_t result;  /* of realloc, if it has moved */
    uint32_t alignment_bytes;
    uint32_t request_bytes;
};

/* The last caller of each kind in the open block; 0 = none. */
static uint32_t last_callers[KIND_COUNT];

#if OBMALLOC_RECORD_BYTES > 0
static uint32_t first_buffer[OBMALLOC_RECORD_BYTES / 4];
#endif

static uint8_t *put_number(uint8_t *to, uint32_t value) {
    while (value > 0x7Fu) {
        *to++ = (uint8_t)(value | 0x80u);
        value >>= 7;
    }
    *to++ = (uint8_t)value;
    return to;
}

/* Small for what is near, on either side: 0, -1, 1, -2 as 0, 1, 2, 3. In granules of 8 bytes. */
static uint8_t *put_distance(uint8_t *to, uint32_t from, uint32_t address) {
    int32_t granules = (int32_t)(address >> 3) - (int32_t)(from >> 3);
    return put_number(to, (uint32_t)granules << 1 ^ (uint32_t)(granules >> 31));
}

static uint8_t *put_word(uint8_t *to, uint32_t word) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        *to++ = (uint8_t)(word >> shift);
    }
    return to;
}

static uint8_t *encode(uint8_t *to, const struct entry *entry, unsigned caller_index,
                       uint32_t tick_count) {
    uint32_t flags = entry->flags;
    uint8_t *tag = to++;
    if (entry->kind != KIND_REALLOC_BEGINS && entry->caller != last_callers[entry->kind]) {
        flags |= FLAG_CALLER;
        *to++ = (uint8_t)caller_index;
        if (caller_index == CALLER_WRITTEN_OUT) {
            to = put_word(to, entry->caller);
        }
    }
    *tag = (uint8_t)(entry->kind | flags);
    if (entry->kind >= KIND_REALLOC || (flags & FLAG_NULL) == 0) {
        if ((flags & FLAG_UNALIGNED) != 0) {
            *to++ = entry->address & 7u;
        }
        to = put_distance(to, recorder.address, entry->address);
    }
    if (entry->kind == KIND_REALLOC_BEGINS) {
        return to;
    }
    if ((flags & FLAG_MOVED) != 0) {
        to = put_distance(to, entry->address, entry->result);
    }
    if (entry->kind == KIND_MEMALIGN) {
        to = put_number(to, entry->alignment_bytes);
    }
    if (entry->kind != KIND_FREE) {
        to = put_number(to, entry->request_bytes);
    }
    return obmalloc_tick ? put_number(to, tick_count) : to;
}

static bool open_next(void) {
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        last_callers[kind] = 0;
    }
    return buffer_next();
}

/* What is at hand behind `to` goes on there. */
static void advance(uint8_t *to) {
    recorder.at = to;
    if (to != recorder.end) {
        *to = 0;
    }
}

/* Appends an entry that is no operation. */
static bool append_other(enum other other, const uint32_t *words, unsigned word_count) {
    if (recorder.end - recorder.at < OTHER_BYTES_MAX && !open_next()) {
        return false;
    }
    uint8_t *to = recorder.at;
    *to++ = (uint8_t)(KIND_OTHER | other);
    if (other == OTHER_CALLER) {
        *to++ = (uint8_t)*words++;
        word_count--;
    }
    while (word_count-- != 0) {
        to = put_word(to, *words++);
    }
    advance(to);
    return true;
}

/* The call instruction, if it is as long as a BL. A caller's code can be read. */
static uint32_t code_before(uint32_t return_address) {
    const uint16_t *end = (const uint16_t *)(uintptr_t)(return_address & ~(uint32_t)1);
    return return_address < 4u ? 0 : (uint32_t)end[-1] << 16 | end[-2];
}

/* Where in the table the caller stands, noted there if it is new; or CALLER_WRITTEN_OUT. */
static unsigned caller_index(uint32_t caller) {
    uint32_t mask = recorder.header->caller_count - 1u;
    uint32_t at = caller * UINT32_C(0x9E3779B1) >> 25;
    for (unsigned looks = CALLER_LOOKS; looks != 0; looks--) {
        struct record_caller *found = &recorder.callers[at &= mask];
        if (found->address == caller) {
            return at;
        }
        if (found->address == 0) {
            found->code = code_before(caller);
            found->address = caller;
            uint32_t words[] = {at, caller, found->code};
            if (append_other(OTHER_CALLER, words, 3)) {
                return at;
            }
            found->address = 0;
            break;
        }
        at++;
    }
    return CALLER_WRITTEN_OUT;
}

/* Returns true iff the entry stands in the buffer. */
static bool append(const struct entry *entry, uint32_t tick_count) {
    for (;;) {
        unsigned index = 0;
        if (entry->kind != KIND_REALLOC_BEGINS && entry->caller != last_callers[entry->kind]) {
            index = caller_index(entry->caller);
        }
        if (recorder.end - recorder.at >= ENTRY_BYTES_MAX) {
            advance(encode(recorder.at, entry, index, tick_count));
            last_callers[entry->kind] = entry->caller;
            return true;
        }
        uint8_t scratch[ENTRY_BYTES_MAX];
        long byte_count = encode(scratch, entry, index, tick_count) - scratch;
        if (byte_count <= recorder.end - recorder.at) {
            uint8_t *to = recorder.at;
            for (const uint8_t *from = scratch; from != scratch + byte_count; from++) {
                *to++ = *from;
            }
            advance(to);
            last_callers[entry->kind] = entry->caller;
            return true;
        }
        if (!open_next()) {
            return false;
        }
    }
}

static void begin_first(void) {
    if (__obmalloc_record_start) {
        buffer_begin(__obmalloc_record_start,
                     (size_t)(__obmalloc_record_end - __obmalloc_record_start));
        return;
    }
#if OBMALLOC_RECORD_BYTES > 0
    buffer_begin(first_buffer, sizeof first_buffer);
#else
    buffer_begin(NULL, 0);
#endif
}

static void record(struct entry *entry) {
    struct recorder *r = &recorder;
    obmalloc_lock_state before = obmalloc_lock();
    if (!r->has_begun) {
        begin_first();
    }
    if (r->has_ended) {
        obmalloc_unlock(before);
        return;
    }
    uint32_t now = obmalloc_tick ? obmalloc_tick() : 0;
    if (append(entry, now - r->tick)) {
        bool is_timed = entry->kind != KIND_REALLOC_BEGINS;
        r->tick = is_timed ? now : r->tick;
        if (entry->address != 0) {
            r->address = (entry->flags & FLAG_MOVED) != 0 ? entry->result : entry->address;
        }
        r->operation_count += is_timed;
    } else {
        r->operation_count++;
        r->lost_count++;
    }
    r->failure_count += (entry->flags & FLAG_NULL) != 0;
    bool has_complete = r->is_stream && r->open_number - r->sent_number > 1;
    obmalloc_unlock(before);
    if (has_complete) {
        buffer_send();
    }
}

static uint32_t address_of(const void *object) {
    return (uint32_t)(uintptr_t)object;
}

static uint32_t alignment_flag(const void *block) {
    return (uintptr_t)block % 8u != 0 ? FLAG_UNALIGNED : 0;
}

void record_allocated(enum watch_kind kind, const void *block, size_t alignment_bytes,
                      size_t request_bytes, const void *caller) {
    static const uint8_t kinds[] = {[WATCH_MALLOC] = KIND_MALLOC,
                                    [WATCH_CALLOC] = KIND_CALLOC,
                                    [WATCH_MEMALIGN] = KIND_MEMALIGN,
                                    [WATCH_REALLOC] = KIND_MALLOC};
    struct entry entry = {
        .kind = kinds[kind],
        .flags = block ? alignment_flag(block) : FLAG_NULL,
        .caller = address_of(caller),
        .address = address_of(block),
        .alignment_bytes = (uint32_t)alignment_bytes,
        .request_bytes = (uint32_t)request_bytes,
    };
    record(&entry);
}

void record_freeing(const void *block, const void *caller) {
    struct entry entry = {
        .kind = KIND_FREE,
        .flags = alignment_flag(block),
        .caller = address_of(caller),
        .address = address_of(block),
    };
    record(&entry);
}

/* One thread and no handler: nobody can have the old block before its realloc is told of. */
void record_resizing(const void *block) {
#ifdef OBMALLOC_LOCK_NONE
    (void)block;
#else
    struct entry entry = {
        .kind = KIND_REALLOC_BEGINS,
        .flags = alignment_flag(block),
        .address = address_of(block),
    };
    record(&entry);
#endif
}

void record_resized(const void *old_block, const void *result, size_t request_bytes,
                    const void *caller) {
    struct entry entry = {
        .kind = KIND_REALLOC,
        .flags = alignment_flag(old_block),
        .caller = address_of(caller),
        .address = address_of(old_block),
        .result = address_of(result),
        .request_bytes = (uint32_t)request_bytes,
    };
    if (!result) {
        entry.flags |= FLAG_NULL;
    } else if (result != old_block) {
        entry.flags |= FLAG_MOVED;
    }
    record(&entry);
}

void record_forgotten(const void *start, const void *end) {
    const uint32_t words[] = {address_of(start), address_of(end)};
    obmalloc_lock_state before = obmalloc_lock();
    if (recorder.has_begun && !recorder.has_ended) {
        (void)append_other(OTHER_FORGOTTEN, words, 2);
    }
    obmalloc_unlock(before);
}

void obmalloc_record_to(void *buffer, size_t bytes) {
    obmalloc_lock_state before = obmalloc_lock();
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        last_callers[kind] = 0;
    }
    buffer_begin(buffer, bytes);
    obmalloc_unlock(before);
}

void obmalloc_record_end(void) {
    struct recorder *r = &recorder;
    buffer_send();
    obmalloc_lock_state before = obmalloc_lock();
    if (!r->has_begun) {
        begin_first();
    }
    if (!r->has_ended) {
        const uint32_t words[] = {r->operation_count, r->failure_count, r->lost_count};
        (void)append_other(OTHER_END, words, 3);
        r->has_ended = true;
    }
    obmalloc_unlock(before);
    buffer_send();
}

void obmalloc_record_status(struct obmalloc_record_status *out) {
    const struct recorder *r = &recorder;
    obmalloc_lock_state before = obmalloc_lock();
    *out = (struct obmalloc_record_status){
        .operation_count = r->operation_count,
        .failure_count = r->failure_count,
        .lost_count = r->lost_count,
        .block_count = r->open_number,
        .buffer = r->header,
    };
    if (r->header) {
        out->buffer_bytes = (uint32_t)((char *)(r->blocks + r->block_count) - (char *)r->header);
    }
    obmalloc_unlock(before);
}
