// SPDX-License-Identifier: MIT
/*
 * A firmware that fills its heaps with what it knows, says all that it knows of them on the console, and stops in
 * known_heap_stop(): what a debugger sees there has to be what it has said. With known_heap_again set there by the
 * debugger, it says anew what its own checks find, and stops once more.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "harness/board_text.h"
#include "obmalloc_heap.h"

enum {
    TABLE_COUNT = 40,
    OPERATION_COUNT = 400,
    CHAIN_COUNT = 3,
    CHAIN_BYTES = 56,
    LOST_COUNT = 3,
    LOST_BYTES = 72,
    FURTHER_BYTES = 2048
};

struct sensor {
    const struct sensor_type *type; /* as a vtable: what blocks are told by */
    int reading;
};
struct sensor_type {
    const char *name;
};
struct link {
    struct link *next;
};
extern const struct sensor_type thermometer;
const struct sensor_type thermometer = {"thermometer"};

static void *table[TABLE_COUNT];
static void *of_further_heap[TABLE_COUNT];
static uintptr_t lost[LOST_COUNT]; /* complements, so that no pointer leads to them */
static struct sensor *sensors[4];
static struct link *chain; /* what follows the first is reached through blocks alone */
static char further[FURTHER_BYTES] __attribute__((aligned(8), section(".noinit")));
static struct obmalloc_heap *further_heap;

/* For the debugger. */
extern volatile int known_heap_again;
extern volatile size_t known_heap_request; /* to be asked for before the next stop; 0 = none */
extern void *volatile known_heap_last_freed;
volatile int known_heap_again;
volatile size_t known_heap_request;
void *volatile known_heap_last_freed;
void known_heap_stop(void);

__attribute__((noinline, used)) void known_heap_stop(void) {
    __asm__ volatile("" ::: "memory");
}

static uint32_t random_state = 0x2545F491u;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

/* Mostly small, some beyond what the pools serve. */
static size_t random_size(void) {
    uint32_t kind = random_below(16);
    if (kind == 0) {
        return 513 + random_below(100);
    }
    return kind < 3 ? 100 + random_below(413) : 1 + random_below(64);
}

static void *aligned(size_t bytes) {
    return memalign((size_t)16 << random_below(3), bytes);
}

/* As a program does, and what it did not ask for, too: what was there before may be an address. */
static void *filled(void *block) {
    return block ? memset(block, 0x5A, malloc_usable_size(block)) : NULL;
}

static void churn(void) {
    for (int i = 0; i < OPERATION_COUNT; i++) {
        void **slot = &table[random_below(TABLE_COUNT)];
        size_t bytes = random_size();
        if (!*slot) {
            *slot = filled(random_below(8) == 0 ? aligned(bytes) : malloc(bytes));
        } else if (random_below(4) == 0) {
            void *moved = realloc(*slot, bytes);
            *slot = moved ? filled(moved) : *slot;
        } else {
            known_heap_last_freed = *slot;
            free(*slot);
            *slot = NULL;
        }
    }
}

static void make_chain(void) {
    for (int i = 0; i < CHAIN_COUNT; i++) {
        struct link *first = filled(malloc(CHAIN_BYTES));
        first->next = chain;
        chain = first;
    }
}

static void fill_further_heap(void) {
    (void)obmalloc_heap_create(further, further + FURTHER_BYTES, &further_heap);
    for (int i = 0; i < TABLE_COUNT; i++) {
        of_further_heap[i] = filled(obmalloc_heap_malloc(further_heap, 8 + random_below(40)));
        if (i % 3 == 0) {
            obmalloc_heap_free(further_heap, of_further_heap[i]);
            of_further_heap[i] = NULL;
        }
    }
    obmalloc_heap_free(further_heap, of_further_heap[1]);
    of_further_heap[1] = filled(obmalloc_heap_malloc(further_heap, 600));
}

__attribute__((noinline)) static void lose(void) {
    for (int i = 0; i < LOST_COUNT; i++) {
        lost[i] = ~(uintptr_t)filled(malloc(LOST_BYTES));
    }
}

static void misuse(void) {
    static int no_block[4];
    void *volatile foreign = no_block;
    if (obmalloc_boot_report().flag) {
        free(foreign);
        free((char *)sensors[0] + 4);
    }
    obmalloc_heap_free(further_heap, sensors[0]);
}

#define TELL(prefix, from, field)                                                                  \
    text_print("%s " #field " %lu\n", prefix, (unsigned long)(from)->field)

static void tell_pools(const char *prefix, const struct pools_statistics *sums) {
    TELL(prefix, sums, region_bytes);
    TELL(prefix, sums, map_bytes);
    TELL(prefix, sums, small_used_bytes);
    TELL(prefix, sums, large_used_bytes);
    TELL(prefix, sums, large_header_bytes);
    TELL(prefix, sums, pool_ready_bytes);
    TELL(prefix, sums, free_bytes);
    TELL(prefix, sums, largest_free_bytes);
    TELL(prefix, sums, small_used_blocks);
    TELL(prefix, sums, large_used_blocks);
    TELL(prefix, sums, pool_ready_blocks);
    TELL(prefix, sums, free_chunks);
    TELL(prefix, sums, smallest_free_bytes);
    TELL(prefix, sums, high_water_bytes);
}

static void tell_statistics(void) {
    struct obmalloc_statistics now;
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    obmalloc_statistics(&now);
    tell_pools("arena", &now.arena);
    TELL("main", &now, libc_used_bytes);
    TELL("main", &now, libc_used_blocks);
    TELL("main", &now, libc_heap_bytes);
    TELL("main", &now, libc_heap_high_water_bytes);
    TELL("main", &now, overflow_small_to_libc);
    TELL("main", &now, overflow_large_to_arena);
    TELL("main", &now, failure_count);
    TELL("main", &now, free_bytes);
    text_print("main never_used_bytes %lu\n", (unsigned long)obmalloc_never_used_bytes());
    for (int kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        text_print("misuse %d %lu\n", kind, (unsigned long)now.misuse_count[kind]);
    }
    text_print("boot flag %d\nboot latched %d\nboot start %lu\nboot end %lu\nboot arena %lu\n",
               boot.flag, boot.latched, (unsigned long)(uintptr_t)boot.region.start,
               (unsigned long)(uintptr_t)boot.region.end,
               (unsigned long)(uintptr_t)boot.arena_start);
    text_print("sentence %s\n", boot.sentence);
}

static void tell_block(const char *what, void *block) {
    if (block) {
        text_print("%s 0x%lx %lu\n", what, (unsigned long)(uintptr_t)block,
                   (unsigned long)malloc_usable_size(block));
    }
}

/* The lost ones first: a register may still hold the last. */
static void tell_blocks(void) {
    for (int i = 0; i < LOST_COUNT; i++) {
        tell_block("block", (void *)~lost[i]);
        tell_block("lost", (void *)~lost[i]);
    }
    for (int i = 0; i < TABLE_COUNT; i++) {
        tell_block("block", table[i]);
        tell_block("further_block", of_further_heap[i]);
    }
    for (struct link *link = chain; link; link = link->next) {
        tell_block("block", link);
    }
    for (int i = 0; i < 4; i++) {
        tell_block("block", sensors[i]);
    }
}

static void tell_request(void) {
    if (known_heap_request != 0) {
        void *block = malloc(known_heap_request);
        text_print("served %d\n", block != NULL);
        free(block);
    }
}

static void tell_check(void) {
    struct pools_finding finding;
    enum pools_status status = obmalloc_check(&finding);
    text_print("check %d 0x%lx %s\n", (int)status, (unsigned long)finding.address,
               finding.sentence);
    status = obmalloc_heap_check(further_heap, &finding);
    text_print("further_check %d 0x%lx %s\n", (int)status, (unsigned long)finding.address,
               finding.sentence);
}

/* First, because all that waits in pools is merged before a request fails. */
static void fail(void) {
    void *volatile impossible = malloc((size_t)1 << 30);
    (void)impossible;
}

int main(void) {
    fail();
    churn();
    for (int i = 0; i < 4; i++) {
        sensors[i] = malloc(sizeof *sensors[i]);
        *sensors[i] = (struct sensor){&thermometer, i};
    }
    make_chain();
    fill_further_heap();
    misuse();
    lose();
    tell_statistics();
    struct obmalloc_heap_statistics of_further;
    (void)obmalloc_heap_statistics(further_heap, &of_further);
    tell_pools("further", &of_further.pools);
    text_print("further live_blocks %lu\n", (unsigned long)of_further.live_blocks);
    tell_blocks();
    do {
        tell_request();
        tell_check();
        known_heap_stop();
    } while (known_heap_again);
    text_print("done\n");
    board_exit(0);
}
