// SPDX-License-Identifier: MIT
#include "port_host.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "host_memory.h"
#include "libc_block.h"
#include "misuse.h"
#include "model.h"
#include "private_libc.h"
#include "state.h"

/* ---- a C library's allocator: first fit over a sorted table, as slow as it likes ---- */

enum { LIBC_BLOCK_COUNT_MAX = 128, GAP_BYTES = 8 };

static struct libc_block {
    char *start;
    size_t bytes;
} libc_blocks[LIBC_BLOCK_COUNT_MAX]; /* by address */
static unsigned libc_block_count;

static char *libc_end(void) {
    return obmalloc_state.mode == OBMALLOC_POOLS_SERVE ? obmalloc_state.arena_start
                                                       : (char *)obmalloc_state.region.end;
}

static char *aligned(char *address, size_t alignment_bytes) {
    return (char *)(((uintptr_t)address + alignment_bytes - 1) & ~(alignment_bytes - 1));
}

static void *libc_insert(unsigned at, char *start, size_t bytes) {
    memmove(&libc_blocks[at + 1], &libc_blocks[at],
            (libc_block_count - at) * sizeof libc_blocks[0]);
    libc_blocks[at] = (struct libc_block){start, bytes};
    libc_block_count++;
    if (start + bytes + GAP_BYTES > obmalloc_state.heap_break) {
        obmalloc_state.heap_break = start + bytes + GAP_BYTES;
        obmalloc_state.seal = obmalloc_seal_of(&obmalloc_state);
    }
    if (obmalloc_state.heap_break > obmalloc_state.heap_break_high_water) {
        obmalloc_state.heap_break_high_water = obmalloc_state.heap_break;
    }
    ASAN_UNPOISON_MEMORY_REGION(start, bytes);
    memset(start, 0x5A, bytes);
    return start;
}

void *libc_memalign(size_t alignment_bytes, size_t request_bytes) {
    char *low = (char *)obmalloc_state.region.start + GAP_BYTES;
    size_t bytes = request_bytes < 8 ? 8 : request_bytes;
    if (bytes > 1u << 24 || libc_block_count == LIBC_BLOCK_COUNT_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    for (unsigned at = 0; at <= libc_block_count; at++) {
        char *start = aligned(low, alignment_bytes < 8 ? 8 : alignment_bytes);
        char *end = at < libc_block_count ? libc_blocks[at].start : libc_end();
        if (start < end && bytes + GAP_BYTES <= (size_t)(end - start)) {
            return libc_insert(at, start, bytes);
        }
        low = end + (at < libc_block_count ? libc_blocks[at].bytes + GAP_BYTES : 0);
    }
    errno = ENOMEM;
    return NULL;
}

static unsigned libc_find(const void *block) {
    unsigned at = 0;
    while (at < libc_block_count && libc_blocks[at].start != block) {
        at++;
    }
    return at;
}

void libc_free(void *block) {
    if (block == NULL) {
        return;
    }
    unsigned at = libc_find(block);
    play_expect(at < libc_block_count, "the C library is handed a block that it has not served");
    ASAN_POISON_MEMORY_REGION(block, libc_blocks[at].bytes);
    libc_block_count--;
    memmove(&libc_blocks[at], &libc_blocks[at + 1],
            (libc_block_count - at) * sizeof libc_blocks[0]);
}

size_t libc_malloc_usable_size(void *block) {
    unsigned at = libc_find(block);
    play_expect(at < libc_block_count, "the C library is asked for a block that it has not served");
    return libc_blocks[at].bytes;
}

void *libc_malloc(size_t request_bytes) {
    return libc_memalign(8, request_bytes);
}

void *libc_calloc(size_t element_count, size_t element_bytes) {
    size_t bytes;
    if (__builtin_mul_overflow(element_count, element_bytes, &bytes)) {
        bytes = SIZE_MAX;
    }
    void *block = libc_malloc(bytes);
    return block == NULL ? NULL : memset(block, 0, bytes);
}

void *libc_realloc(void *block, size_t request_bytes) {
    if (block == NULL) {
        return libc_malloc(request_bytes);
    }
    size_t old_bytes = libc_malloc_usable_size(block);
    void *moved = libc_malloc(request_bytes);
    if (moved == NULL) {
        return NULL;
    }
    memcpy(moved, block, old_bytes < request_bytes ? old_bytes : request_bytes);
    libc_free(block);
    return moved;
}

void *libc_aligned_alloc(size_t alignment_bytes, size_t request_bytes) {
    return libc_memalign(alignment_bytes, request_bytes);
}

int libc_posix_memalign(void **out, size_t alignment_bytes, size_t request_bytes) {
    *out = libc_memalign(alignment_bytes, request_bytes);
    return *out == NULL ? ENOMEM : 0;
}

struct mallinfo libc_mallinfo(void) {
    struct mallinfo info = {0};
    for (unsigned at = 0; at < libc_block_count; at++) {
        info.uordblks += (int)(libc_blocks[at].bytes + GAP_BYTES);
    }
    return info;
}

enum pools_status libc_block_status(const void *block, const char *heap_start,
                                    const char *heap_end) {
    play_expect((const char *)block >= heap_start && (const char *)block < heap_end,
                "the C library is asked about an address beyond its heap");
    return libc_find(block) < libc_block_count ? POOLS_OK : POOLS_NOT_A_BLOCK;
}

void *libc_block_realloc(void *block, size_t request_bytes) {
    return libc_realloc(block, request_bytes);
}

unsigned port_host_libc_blocks(void) {
    return libc_block_count;
}

/* ---- the state as boot.c leaves it ---- */

struct pools_heap obmalloc_heap;
struct obmalloc_state obmalloc_state;

static struct pools_heap closed_heap(uint32_t base) {
    static char *nil;
    nil = nil != NULL ? nil : host_memory(8);
    struct pools_heap heap = {.base = base, .untouched = base, .end = base};
    for (unsigned granules = POOLS_CLASS_FIRST; granules <= POOLS_CLASS_LAST; granules++) {
        heap.pools[granules] = (uint32_t)(uintptr_t)nil;
    }
    return heap;
}

/* boot.c's: the C library serves, and the pools are empty. */
static void close_heap(void) {
    obmalloc_heap = closed_heap(obmalloc_state.heaps_exist ? OBMALLOC_BASE_UNLATCHED
                                                           : OBMALLOC_BASE_LIBC_SERVES);
}

bool obmalloc_heap_is_closed(uint32_t base) {
    struct pools_heap closed = closed_heap(base);
    /* Without the padding behind them. */
    return memcmp(&obmalloc_heap, &closed,
                  offsetof(struct pools_heap, bins) + sizeof closed.bins) == 0;
}

void obmalloc_boot(void) {
}

void obmalloc_latch(void) {
    play_fail("the port latches though it is latched");
}

void obmalloc_settle(bool heaps_exist) {
    obmalloc_state.heaps_exist = heaps_exist;
    if (obmalloc_state.mode == OBMALLOC_LIBC_SERVES) {
        close_heap();
    }
    obmalloc_state.seal = obmalloc_seal_of(&obmalloc_state);
}

struct obmalloc_boot_report obmalloc_boot_report(void) {
    return (struct obmalloc_boot_report){.flag = obmalloc_state.flag, .latched = true};
}

void port_host_boot(char *start, size_t bytes, size_t arena_bytes, int flag) {
    struct obmalloc_state *state = &obmalloc_state;
    ASAN_UNPOISON_MEMORY_REGION(start, bytes);
    memset(start, 0xA5, bytes);
    memset(state, 0, sizeof *state);
    libc_block_count = 0;
    state->booted = true;
    state->flag = (uint8_t)flag;
    state->region = (struct obmalloc_region){start, start + bytes, arena_bytes};
    state->whole_region_is_arena = arena_bytes == 0;
    state->arena_start = arena_bytes == 0 ? start : start + bytes - arena_bytes;
    state->heap_break = start;
    state->heap_break_high_water = start;
    state->mode = flag ? OBMALLOC_POOLS_SERVE : OBMALLOC_LIBC_SERVES;
    if (flag) {
        play_expect(pools_open(&obmalloc_heap, state->arena_start, state->region.end) == POOLS_OK,
                    "the arena cannot be opened");
    } else {
        close_heap();
    }
    state->seal = obmalloc_seal_of(state);
    ASAN_POISON_MEMORY_REGION(start, (size_t)(libc_end() - start));
}
