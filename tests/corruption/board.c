// SPDX-License-Identifier: MIT
/*
 * On a board: flips each bit of the allocator's own variables and of its region, one at a time, lets the program
 * go on through the public functions, and looks whether anything else was written to. An access outside of all RAM
 * faults.
 *
 * Words of the command line: state=ADDRESS+BYTES,... the variables, hexadecimal; from=N the first flip; skip=N only every
 * N-th; memory=1 the arena instead, memory=2 a second heap's region, where its words lie, too. Prints what flip it was where a fault ends the program, and at the end
 *   flips N told N failed N
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "exception.h"
#include "guard/mpu.h"
#include "harness/board_text.h"
#include "obmalloc.h"
#include "obmalloc_heap.h"

enum {
    RANGES_MAX = 6,
    STATE_BYTES_MAX = 2048,
    WORDS_BYTES = 128,
    OPERATIONS = 60,
    BLOCK_COUNT = 12
};
#ifdef SMALL_BOARD
enum { ARENA_BYTES = 2048, BESIDE_BYTES = 256 };
#else
enum { ARENA_BYTES = 4096, BESIDE_BYTES = 4096 };
#endif
enum { HEAP_BYTES = OBMALLOC_HEAP_BYTES_MIN, HEAP_BLOCKS = 3 };

/* The regions, and what nobody may write to around them. */
static struct {
    _Alignas(8) unsigned char before[BESIDE_BYTES];
    _Alignas(8) unsigned char arena[ARENA_BYTES];
    _Alignas(8) unsigned char between[64];
    _Alignas(8) unsigned char heap[HEAP_BYTES];
    _Alignas(8) unsigned char behind[BESIDE_BYTES];
} ram;

enum { BESIDE_FILL = 0x3C };

struct range {
    uint32_t start, bytes;
};
static struct range ranges[RANGES_MAX];
static unsigned range_count;

struct held {
    unsigned char *start;
    uint32_t bytes;
    unsigned char fill;
    bool is_in_heap;
};

/* What every flip begins with. */
static struct {
    struct held held[BLOCK_COUNT];
    unsigned char state[STATE_BYTES_MAX];
    unsigned char arena[ARENA_BYTES];
    unsigned char heap[HEAP_BYTES];
} before;

static struct held held[BLOCK_COUNT];
static struct obmalloc_heap *heap;
static uint32_t random_state, memory, flip, told, told_before, failed;

void obmalloc_boot_region(struct obmalloc_region *region) {
    region->start = ram.arena;
    region->end = ram.arena + sizeof ram.arena;
    region->arena_bytes = 0;
}

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    (void)report;
    told++;
}

/* A fault, which ends the program. */
void board_exception_ends(void) {
    text_print("fault at flip %u, failed %u\n", (unsigned)flip, (unsigned)failed);
}

static uint32_t next_random(void) {
    uint32_t x = random_state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    random_state = x;
    return x;
}

static uint32_t hex(const char **text) {
    uint32_t value = 0;
    for (;; (*text)++) {
        char c = **text;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u
                                                : 16u;
        if (digit == 16u) {
            return value;
        }
        value = value * 16u + digit;
    }
}

static uint32_t number(const char *key, uint32_t otherwise) {
    char word[16];
    return board_argument(key, word, sizeof word) == 0 ? otherwise : (uint32_t)strtoul(word, 0, 10);
}

static bool read_ranges(void) {
    char words[WORDS_BYTES];
    (void)board_argument("state=", words, sizeof words);
    const char *at = words;
    uint32_t bytes = 0;
    while (*at != '\0' && range_count < RANGES_MAX) {
        struct range *range = &ranges[range_count++];
        range->start = hex(&at);
        at += *at == '+';
        range->bytes = hex(&at);
        bytes += range->bytes;
        at += *at == ',';
    }
    return *at == '\0' && range_count != 0 && bytes <= STATE_BYTES_MAX;
}

#ifdef OBMALLOC_TRAPPED
/* The MPU's registers belong to the state. */
enum { MPU_REGIONS_MAX = 16 };
static struct { uint32_t base, size; } mpu_before[MPU_REGIONS_MAX];

static void keep_mpu(bool restores) {
    for (uint32_t i = 0; i < (MPU_TYPE >> 8 & 0xFFu); i++) {
        MPU_RNR = i;
        if (restores) {
            MPU_RASR = 0;
            MPU_RBAR = mpu_before[i].base;
            MPU_RASR = mpu_before[i].size;
        } else {
            mpu_before[i].base = MPU_RBAR;
            mpu_before[i].size = MPU_RASR;
        }
    }
}

/* What is closed can be looked at between the two. */
static uint32_t open_all(void) {
    uint32_t ctrl = MPU_CTRL;
    MPU_CTRL = 0;
    mpu_barrier();
    return ctrl;
}

static void close_again(uint32_t ctrl) {
    MPU_CTRL = ctrl;
    mpu_barrier();
}
#else
static void keep_mpu(bool restores) {
    (void)restores;
}

static uint32_t open_all(void) {
    return 0;
}

static void close_again(uint32_t ctrl) {
    (void)ctrl;
}
#endif

static void keep(bool restores) {
    keep_mpu(restores);
    unsigned char *copy = before.state;
    for (unsigned i = 0; i < range_count; i++) {
        void *place = (void *)(uintptr_t)ranges[i].start;
        (void)(restores ? memcpy(place, copy, ranges[i].bytes)
                        : memcpy(copy, place, ranges[i].bytes));
        copy += ranges[i].bytes;
    }
    if (restores) {
        memcpy(ram.arena, before.arena, sizeof ram.arena);
        memcpy(ram.heap, before.heap, sizeof ram.heap);
        memcpy(held, before.held, sizeof held);
    } else {
        memcpy(before.arena, ram.arena, sizeof ram.arena);
        memcpy(before.heap, ram.heap, sizeof ram.heap);
        memcpy(before.held, held, sizeof held);
    }
}

static bool is_filled(const unsigned char *start, uint32_t bytes, unsigned char fill) {
    for (uint32_t i = 0; i < bytes; i++) {
        if (start[i] != fill) {
            return false;
        }
    }
    return true;
}

static void fail(const char *what) {
    if (failed++ < 8) {
        text_print("flip %u: %s\n", (unsigned)flip, what);
    }
}

/* A block that was handed out: the program writes all of it, but only where it may lie. */
static void receive(struct held *place, void *block, uint32_t bytes) {
    const unsigned char *region = place->is_in_heap ? ram.heap : ram.arena;
    uint32_t region_bytes = place->is_in_heap ? sizeof ram.heap : sizeof ram.arena;
    if ((uintptr_t)block - (uintptr_t)region > region_bytes - bytes || (uintptr_t)block % 8 != 0) {
        fail("a block lies outside of the region");
        place->start = NULL;
        return;
    }
    place->start = block;
    place->bytes = bytes;
    place->fill = (unsigned char)next_random();
    memset(block, place->fill, bytes);
}

static void *take(const struct held *place, uint32_t bytes) {
    if (place->is_in_heap) {
        return obmalloc_heap_malloc(heap, bytes);
    }
    switch (next_random() % 8) {
    case 0:
        return calloc(bytes, 1);
    case 1:
        return aligned_alloc(8u << next_random() % 4, bytes);
    default:
        return malloc(bytes);
    }
}

static void operate(void) {
    struct held *place = &held[next_random() % BLOCK_COUNT];
    uint32_t bytes = next_random() % 8 == 0 ? next_random() % 700 : next_random() % 60;
    bytes = place->is_in_heap ? bytes % 100 : bytes;
    void *block = NULL;
    /* Of memory that was flipped some is the program's own. */
    if (memory == 0 && place->start != NULL &&
        !is_filled(place->start, place->bytes, place->fill)) {
        fail("a live block was changed");
    }
    if (place->start == NULL) {
        block = take(place, bytes);
    } else if (next_random() % 4 == 0) {
        block = realloc(place->start, bytes + 1u);
        bytes += 1u;
    } else {
        if (next_random() % 8 == 0) {
            (void)obmalloc_largest_request_bytes();
        }
        free(place->start);
        place->start = NULL;
    }
    if (block != NULL) {
        receive(place, block, bytes);
    }
}

static void go_on(uint32_t seed, unsigned operation_count) {
    random_state = seed * 2654435761u | 1u;
    for (unsigned i = 0; i < operation_count; i++) {
        operate();
    }
}

static void try_flip(uint32_t *word, unsigned bit) {
    told_before = told;
    uint32_t ctrl = open_all();
    *word ^= 1u << bit;
    close_again(ctrl);
    go_on(flip % 3u + 5u, OPERATIONS);
    struct pools_finding finding;
    (void)obmalloc_check(&finding);
    (void)open_all();
    if (!is_filled(ram.before, sizeof ram.before, BESIDE_FILL) ||
        !is_filled(ram.between, sizeof ram.between, BESIDE_FILL) ||
        !is_filled(ram.behind, sizeof ram.behind, BESIDE_FILL)) {
        fail("memory beside the regions was written to");
        memset(ram.before, BESIDE_FILL, sizeof ram.before);
        memset(ram.between, BESIDE_FILL, sizeof ram.between);
        memset(ram.behind, BESIDE_FILL, sizeof ram.behind);
    }
    uint32_t tells = told;
    keep(true);
    close_again(ctrl);
    told = told_before + (tells != told_before);
}

/* The unused RAM, for writes that went further. */
extern char __heap_start[], __heap_end[];

int main(void) {
    uint32_t from = number("from=", 0), skip = number("skip=", 1);
    struct range memories[] = {{(uint32_t)(uintptr_t)ram.arena, sizeof ram.arena},
                               {(uint32_t)(uintptr_t)ram.heap, sizeof ram.heap}};
    if (!read_ranges() || skip == 0) {
        text_print("state= names no variables, or too many\n");
        return 2;
    }
    for (uint32_t *word = (uint32_t *)(void *)__heap_start; word < (uint32_t *)(void *)__heap_end;
         word++) {
        *word = BESIDE_FILL * 0x01010101u;
    }
    memset(&ram, BESIDE_FILL, sizeof ram);
    if (obmalloc_heap_create(ram.heap, ram.heap + sizeof ram.heap, &heap) != OBMALLOC_HEAP_OK) {
        return 2;
    }
    for (unsigned i = 0; i < HEAP_BLOCKS; i++) {
        held[i].is_in_heap = true;
    }
    go_on(1, 200);
    uint32_t ctrl = open_all();
    keep(false);
    close_again(ctrl);
    memory = number("memory=", 0) % 3u;
    for (unsigned i = 0; i < (memory != 0 ? 1u : range_count); i++) {
        const struct range *range = memory != 0 ? &memories[memory - 1u] : &ranges[i];
        for (uint32_t bit = 0; bit < range->bytes * 8u; bit++, flip++) {
            if (flip >= from && flip % skip == 0) {
                try_flip((uint32_t *)(uintptr_t)(range->start + bit / 32u * 4u), bit % 32u);
            }
        }
    }
    (void)open_all();
    for (const uint32_t *word = (const uint32_t *)(void *)__heap_start;
         word < (const uint32_t *)(void *)__heap_end; word++) {
        if (*word != BESIDE_FILL * 0x01010101u) {
            fail("unused RAM was written to");
            break;
        }
    }
    text_print("flips %u told %u failed %u\n", (unsigned)flip, (unsigned)told, (unsigned)failed);
    return failed != 0;
}
