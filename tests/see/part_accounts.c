// SPDX-License-Identifier: MIT
#include "see/part_accounts.h"

#include <malloc.h>
#include <stdlib.h>

#include "obmalloc_sites.h"

struct account accounts[ACCOUNT_SITES];
uint32_t account_blocks, account_bytes;

/* Every live block: open addressing, with what is gone marked by DELETED. */
static struct {
    uintptr_t address;
    uint32_t site, bytes;
} table[2 * ACCOUNT_BLOCKS_MAX];
enum { TABLE_MASK = 2 * ACCOUNT_BLOCKS_MAX - 1, DELETED = 1 };

/* Where the calls of a site return to, [first, first + 2 * sites). */
typedef void *allocate_function(void *block, size_t bytes);
static uintptr_t starts[2 * ACCOUNT_SITES], ends[2 * ACCOUNT_SITES];

/* A function for each site, with an end that can be told; nothing may be merged. */
#define SITE(n)                                                                                    \
    __attribute__((noipa)) static void *malloc_##n(void *block, size_t bytes) {                    \
        void *result = malloc(bytes);                                                              \
        __asm__ volatile("/* site " #n " */" ::: "memory");                                        \
        return block ? block : result;                                                             \
    }                                                                                              \
    __attribute__((noipa)) static void *realloc_##n(void *block, size_t bytes) {                   \
        void *result = realloc(block, bytes);                                                      \
        __asm__ volatile("/* site " #n " */" ::: "memory");                                        \
        return result;                                                                             \
    }
SITE(0)
SITE(1)
SITE(2)
SITE(3)
SITE(4)
SITE(5)
SITE(6)
SITE(7)
SITE(8)
SITE(9)
SITE(10)
SITE(11)
SITE(12)
SITE(13)
SITE(14)
SITE(15)
#define PAIR(n) malloc_##n, realloc_##n
static allocate_function *const functions[2 * ACCOUNT_SITES] = {
    PAIR(0), PAIR(1), PAIR(2),  PAIR(3),  PAIR(4),  PAIR(5),  PAIR(6),  PAIR(7),
    PAIR(8), PAIR(9), PAIR(10), PAIR(11), PAIR(12), PAIR(13), PAIR(14), PAIR(15)};

static unsigned site_for(size_t bytes) {
    return (unsigned)((bytes * UINT32_C(0x9E3779B1)) >> 28);
}

static uint32_t slot_of(uintptr_t address) {
    return (uint32_t)(address >> 3) * UINT32_C(0x85EBCA77) >> 16 & TABLE_MASK;
}

static void enter(void *block, unsigned site) {
    uint32_t slot = slot_of((uintptr_t)block);
    while (table[slot].address > DELETED) {
        slot = (slot + 1u) & TABLE_MASK;
    }
    table[slot].address = (uintptr_t)block;
    table[slot].site = site;
    table[slot].bytes = (uint32_t)malloc_usable_size(block);
    accounts[site].blocks++;
    accounts[site].bytes += table[slot].bytes;
    account_blocks++;
    account_bytes += table[slot].bytes;
}

static unsigned cross_out(const void *block) {
    uint32_t slot = slot_of((uintptr_t)block);
    while (table[slot].address != (uintptr_t)block) {
        slot = (slot + 1u) & TABLE_MASK;
    }
    table[slot].address = DELETED;
    accounts[table[slot].site].blocks--;
    accounts[table[slot].site].bytes -= table[slot].bytes;
    account_blocks--;
    account_bytes -= table[slot].bytes;
    return table[slot].site;
}

void *account_malloc(size_t bytes) {
    if (account_blocks == ACCOUNT_BLOCKS_MAX) {
        return NULL;
    }
    unsigned site = site_for(bytes);
    void *block = functions[2 * site](NULL, bytes);
    if (block) {
        enter(block, site);
    }
    return block;
}

void *account_realloc(void *block, size_t bytes) {
    unsigned site = site_for(bytes);
    void *result = functions[2 * site + 1](block, bytes);
    if (result) {
        (void)cross_out(block);
        enter(result, site);
    }
    return result;
}

void account_free(void *block) {
    if (block) {
        (void)cross_out(block);
        free(block);
    }
}

void account_measure(void *block) {
    enter(block, cross_out(block));
}

/* The functions are as long as the nearest other one is away, at most. */
static void find_ends(void) {
    for (unsigned i = 0; i < 2 * ACCOUNT_SITES; i++) {
        starts[i] = (uintptr_t)functions[i] & ~(uintptr_t)1;
        ends[i] = starts[i] + 64;
    }
    for (unsigned i = 0; i < 2 * ACCOUNT_SITES; i++) {
        for (unsigned j = 0; j < 2 * ACCOUNT_SITES; j++) {
            if (starts[j] > starts[i] && starts[j] < ends[i]) {
                ends[i] = starts[j];
            }
        }
    }
}

unsigned account_site_of(const void *caller) {
    uintptr_t address = (uintptr_t)caller & ~(uintptr_t)1;
    if (ends[0] == 0) {
        find_ends();
    }
    for (unsigned i = 0; i < 2 * ACCOUNT_SITES; i++) {
        if (address > starts[i] && address <= ends[i]) {
            return i / 2;
        }
    }
    return ACCOUNT_SITES;
}

static void compare_site(struct account_check *check, unsigned site,
                         const struct obmalloc_site *said,
                         const struct obmalloc_sites_totals *totals) {
    uint32_t truth = accounts[site].bytes;
    uint32_t untracked = totals->live_bytes - totals->tracked_bytes;
    int64_t error = (int64_t)said->estimated_bytes - truth;
    check->sites++;
    check->outside += said->tracked_bytes > truth || truth > said->tracked_bytes + untracked;
    check->inexact += untracked != 0;
    check->squared_error += (uint64_t)(error * error);
    check->squared_deviation += (uint64_t)totals->threshold_bytes * truth;
    check->error += error;
    check->truth += truth;
}

bool account_compare(struct account_check *check) {
    static struct obmalloc_site rows[2 * ACCOUNT_SITES];
    struct obmalloc_site by_site[ACCOUNT_SITES + 1] = {{0}};
    struct obmalloc_sites_totals totals;
    uint32_t count = obmalloc_sites(rows, sizeof rows / sizeof rows[0], &totals);
    for (uint32_t i = 0; i < count; i++) {
        struct obmalloc_site *site = &by_site[account_site_of(rows[i].caller)];
        site->tracked_bytes += rows[i].tracked_bytes;
        site->estimated_bytes += rows[i].estimated_bytes;
        site->tracked_blocks += rows[i].tracked_blocks;
    }
    for (unsigned site = 0; site < ACCOUNT_SITES; site++) {
        compare_site(check, site, &by_site[site], &totals);
    }
    return totals.live_blocks == account_blocks && totals.live_bytes == account_bytes &&
           by_site[ACCOUNT_SITES].tracked_blocks == 0;
}
