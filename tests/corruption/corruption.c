// SPDX-License-Identifier: MIT
/*
 * Flips each bit of the allocator's state, one at a time, and lets the program go on without a walk in between: no
 * call may touch memory that is not the heap's, and none may hang.
 *
 * Links are 32 bits wide, and below 4 GiB this process has nothing but the heap's region: every other address that a
 * call makes of a damaged word faults. So does what is next to the region, and behind the heap's own words; what
 * is before them is compared.
 *
 *   corruption STATES SEEDS OPERATIONS [SKIP]      flips every SKIP-th bit only
 *
 * Prints a line for each of the heap's words, and parts of the region, where something was lost, then a line of sums:
 *   tried N wild N hang N outside N beside N told N walk N changed N
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "corruption/play.h"

enum { PAGE_BYTES = 4096, REGION_BYTES = PAGE_BYTES, HANG_TICKS = 20, TICK_MICROSECONDS = 100000 };
enum { HEAP_WORDS = sizeof(struct pools_heap) / 4, REGION_WORDS = REGION_BYTES / 4 };

enum loss { WILD = 1, HANG, OUTSIDE, BESIDE, NONE = 0, LOSS_COUNT = BESIDE + 1 };

/* Memory: a page for the heap's words, which end where it ends, and the region; no access to what is next to them. */
static char *heap_page, *region;
static struct pools_heap *heap;
static unsigned char beside[PAGE_BYTES - sizeof(struct pools_heap)];

/* What all tries of a state begin with. */
static struct play play_before;
static struct pools_heap heap_before;
static char region_before[REGION_BYTES];

static struct { unsigned long tried, lost[LOSS_COUNT], told, walk, changed, changed_by_heap; } sums;

static sigjmp_buf retreat;
static volatile unsigned long try_number;

static void on_fault(int signal_number) {
    (void)signal_number;
    siglongjmp(retreat, WILD);
}

/* A try that has not ended for so many ticks will not. */
static void on_tick(int signal_number) {
    static unsigned long seen;
    static unsigned ticks;
    (void)signal_number;
    ticks = seen == try_number ? ticks + 1u : 0;
    seen = try_number;
    if (ticks == HANG_TICKS) {
        ticks = 0;
        siglongjmp(retreat, HANG);
    }
}

static void handle(int signal_number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
    sigaction(signal_number, &action, NULL);
}

static char *pages(size_t count, int flags) {
    char *start = mmap(NULL, (count + 2u) * PAGE_BYTES, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (start == MAP_FAILED ||
        mprotect(start + PAGE_BYTES, count * PAGE_BYTES, PROT_READ | PROT_WRITE) != 0) {
        perror("corruption: mmap");
        exit(2);
    }
    return start + PAGE_BYTES;
}

static void set_up(void) {
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct itimerval tick = {{0, TICK_MICROSECONDS}, {0, TICK_MICROSECONDS}};
    heap_page = pages(1, 0);
    heap = (struct pools_heap *)(void *)(heap_page + PAGE_BYTES - sizeof *heap);
    memset(beside, 0x3C, sizeof beside);
    region = pages(REGION_BYTES / PAGE_BYTES, MAP_32BIT);
    sigaltstack(&alternate, NULL);
    handle(SIGSEGV, on_fault);
    handle(SIGBUS, on_fault);
    handle(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &tick, NULL);
}

static void restore(void) {
    *heap = heap_before;
    memcpy(region, region_before, sizeof region_before);
    memcpy(heap_page, beside, sizeof beside);
}

/* A word that the program has written into is none of the allocator's. */
static bool is_the_programs(uint32_t word) {
    const unsigned char *at = (const unsigned char *)region + (word - HEAP_WORDS) * 4u;
    for (unsigned i = 0; word >= HEAP_WORDS && i < PLAY_BLOCKS; i++) {
        const struct play_block *block = &play_before.blocks[i];
        if (block->start != NULL && at >= block->start && at < block->start + block->bytes) {
            return true;
        }
    }
    return false;
}

/* One flip, and what comes of it. Locals that are wanted after a retreat are volatile. */
static enum loss try_flip(uint32_t word, unsigned bit, uint32_t seed, uint32_t operations) {
    static struct play play;
    static struct play_outcome outcome;
    restore();
    play = play_before;
    outcome = (struct play_outcome){0};
    try_number++;
    pools_word *at = word < HEAP_WORDS ? (pools_word *)heap + word
                                       : (pools_word *)(void *)region + (word - HEAP_WORDS);
    *at ^= 1u << bit;
    int loss = sigsetjmp(retreat, 1);
    if (loss != NONE) {
        return (enum loss)loss;
    }
    outcome = play_on(&play, seed, operations);
    if (outcome.was_outside) {
        return OUTSIDE;
    }
    if (memcmp(heap_page, beside, sizeof beside) != 0) {
        return BESIDE;
    }
    struct pools_finding finding;
    bool is_found = pools_check(heap, &finding) != POOLS_OK;
    sums.told += outcome.was_told;
    sums.walk += is_found && !outcome.was_told;
    sums.changed += outcome.has_changed;
    sums.changed_by_heap += outcome.has_changed && word < HEAP_WORDS;
    return NONE;
}

/* Without a flip nothing is told, found or changed. */
static void check_control(uint32_t operations) {
    struct play play = play_before;
    struct pools_finding finding;
    struct play_outcome outcome = play_on(&play, 1, operations);
    if (outcome.was_outside || outcome.has_changed || outcome.was_told ||
        pools_check(heap, &finding) != POOLS_OK) {
        fprintf(stderr, "corruption: a heap that nothing was flipped in is not sound\n");
        exit(2);
    }
}

static void flip_all(uint32_t seed, uint32_t operations, unsigned long skip) {
    static unsigned long phase;
    for (uint32_t word = 0; word < HEAP_WORDS + REGION_WORDS; word++) {
        unsigned lost[LOSS_COUNT] = {0};
        for (unsigned bit = 0; bit < 32 && !is_the_programs(word); bit++) {
            if (++phase % skip != 0) {
                continue;
            }
            sums.tried++;
            lost[try_flip(word, bit, seed, operations)]++;
        }
        for (unsigned loss = WILD; loss < LOSS_COUNT; loss++) {
            sums.lost[loss] += lost[loss];
        }
        if (lost[WILD] + lost[HANG] + lost[OUTSIDE] + lost[BESIDE] != 0) {
            bool is_heap = word < HEAP_WORDS;
            printf("%s + %u, seed %u: wild %u hang %u outside %u beside %u\n",
                   is_heap ? "heap" : "region", (is_heap ? word : word - HEAP_WORDS) * 4u,
                   (unsigned)seed, lost[WILD], lost[HANG], lost[OUTSIDE], lost[BESIDE]);
        }
    }
}

static unsigned long number(const char *word) {
    char *end;
    unsigned long value = strtoul(word, &end, 10);
    if (*end != '\0' || value == 0) {
        fprintf(stderr, "corruption: '%s' is no number from 1 on\n", word);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: corruption STATES SEEDS OPERATIONS [SKIP]\n");
        return 2;
    }
    unsigned long states = number(argv[1]), seeds = number(argv[2]);
    uint32_t operations = (uint32_t)number(argv[3]);
    unsigned long skip = argc == 5 ? number(argv[4]) : 1;
    set_up();
    for (unsigned long state = 0; state < states; state++) {
        memcpy(heap_page, beside, sizeof beside);
        play_begin(&play_before, heap, region, region + REGION_BYTES, (uint32_t)state * 100u + 1u,
                   state % 2 != 0);
        heap_before = *heap;
        memcpy(region_before, region, sizeof region_before);
        check_control(operations);
        for (unsigned long seed = 0; seed < seeds; seed++) {
            flip_all((uint32_t)(state * seeds + seed) + 77u, operations, skip);
            fprintf(stderr, "state %lu of %lu, seed %lu of %lu: %lu tried\n", state + 1, states,
                    seed + 1, seeds, sums.tried);
        }
    }
    printf("tried %lu wild %lu hang %lu outside %lu beside %lu told %lu walk %lu changed %lu %lu\n",
           sums.tried, sums.lost[WILD], sums.lost[HANG], sums.lost[OUTSIDE], sums.lost[BESIDE],
           sums.told, sums.walk, sums.changed, sums.changed_by_heap);
    return sums.lost[WILD] + sums.lost[HANG] + sums.lost[OUTSIDE] + sums.lost[BESIDE] != 0;
}
