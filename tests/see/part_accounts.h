// SPDX-License-Identifier: MIT
/*
 * Exact accounts of who holds what, kept beside the allocator in RAM that no firmware has: a table with every
 * live block. Allocations go through sixteen calls of malloc and sixteen of realloc, which the bytes asked for
 * choose.
 */
#ifndef TESTS_SEE_PART_ACCOUNTS_H
#define TESTS_SEE_PART_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ACCOUNT_BLOCKS_MAX
#define ACCOUNT_BLOCKS_MAX 128
#endif
enum { ACCOUNT_SITES = 16 };

struct account {
    uint32_t blocks, bytes; /* usable */
};

extern struct account accounts[ACCOUNT_SITES];
extern uint32_t account_blocks, account_bytes;

/* As malloc, realloc and free, from the site of the bytes. */
void *account_malloc(size_t bytes);
void *account_realloc(void *block, size_t bytes);
void account_free(void *block);

/* The live block may have another length than before. */
void account_measure(void *block);

/* The site whose calls return to the address; ACCOUNT_SITES = none. */
unsigned account_site_of(const void *caller);

struct account_check {
    uint32_t sites;   /* compared */
    uint32_t outside; /* whose true bytes were not within the bounds: none */
    uint64_t squared_error,
        squared_deviation; /* sums of (estimate - truth)^2 and of threshold * truth */
    int64_t error;         /* sum of estimate - truth */
    uint64_t truth;
    uint32_t inexact; /* sites in looks in which not all blocks were known */
};

/* Compares with what obmalloc_sites() says, and adds to *check. Returns true iff its totals are the true ones. */
bool account_compare(struct account_check *check);

#endif
