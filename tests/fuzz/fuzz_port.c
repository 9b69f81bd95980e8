// SPDX-License-Identifier: MIT
/* An input is a play on the public API: its first bytes say what the main heap is like. */
#include "host_memory.h"
#include "obmalloc.h"
#include "play.h"
#include "port_host.h"

enum { REGION_BYTES_MAX = 24576, HEAP_BYTES_MAX = 8192, ARENA_BYTES_MIN = 1040 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#ifdef OBMALLOC_LOCK_HOOKS
static int lock_depth;

void obmalloc_lock_hook(void) {
    lock_depth++;
}

void obmalloc_unlock_hook(void) {
    play_expect(lock_depth-- > 0, "a lock is given back that nobody has");
}

static void expect_unlocked(void) {
    play_expect(lock_depth == 0, "a lock is kept");
}
#else
static void expect_unlocked(void) {
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static struct play_memory memories[PLAY_HEAP_COUNT];
    if (memories[0].start == NULL) {
        memories[0] = (struct play_memory){host_memory(REGION_BYTES_MAX), REGION_BYTES_MAX};
        for (unsigned i = 1; i < PLAY_HEAP_COUNT; i++) {
            memories[i] = (struct play_memory){host_memory(HEAP_BYTES_MAX), HEAP_BYTES_MAX};
        }
    }
    struct source source = source_of_input(bytes, count);
    size_t region_bytes = 2048u + (source_below(&source, REGION_BYTES_MAX - 2048u) & ~7u);
    uint32_t shape = source_byte(&source);
    size_t arena_bytes =
        ARENA_BYTES_MIN + (region_bytes - 16u - ARENA_BYTES_MIN) * (shape & 31u) / 32u;
    arena_bytes = shape & 32u ? 0 : arena_bytes & ~(size_t)7u;
    port_host_boot(memories[0].start + REGION_BYTES_MAX - region_bytes, region_bytes, arena_bytes,
                   (shape & 192u) != 0);
    play_port(&source, memories, UINT32_MAX);
    play_expect(port_host_libc_blocks() == 0, "the C library keeps blocks that were freed");
    expect_unlocked();
    return 0;
}
