// SPDX-License-Identifier: MIT
/*
 * A sample of the live blocks that stays right when blocks are freed: priority sampling, in buckets.
 *
 * A block's address decides, as if by chance, its bucket and a number u in (0, 1]. Its priority is bytes / u. A
 * bucket keeps the blocks of highest priority, and knows the highest that it had to turn away: its threshold. So a
 * block of b bytes is in the table with a probability of b / threshold, or surely if it is longer, and counts for
 * max(b, threshold) bytes. A free finds its block or knows that it never was there. An empty bucket starts anew.
 */
#include "obmalloc_sites.h"

#include <stddef.h>

#include "heaps.h"
#include "lock.h"
#include "watch/sites.h"
#include "watch/watch_look.h"

enum { BUCKET_BLOCKS = 8, BUCKET_COUNT = OBMALLOC_SITES_BLOCK_COUNT / BUCKET_BLOCKS };

_Static_assert(OBMALLOC_SITES_BLOCK_COUNT % BUCKET_BLOCKS == 0 && BUCKET_COUNT > 0 &&
                   OBMALLOC_SITES_BLOCK_COUNT <= 32768,
               "obmalloc_sites.h says which numbers are possible");

struct tracked {
    uint32_t address; /* 0 = none; lowest bit set: its realloc is under way */
    uint32_t caller;
    uint32_t bytes;
    uint32_t priority;
    uint32_t tick;
};

struct bucket {
    uint32_t threshold;
    struct tracked blocks[BUCKET_BLOCKS];
};

static struct bucket buckets[BUCKET_COUNT];
static uint32_t live_blocks, live_bytes;

#define BEING_RESIZED 1u

static uint32_t hash_of(uint32_t address) {
    uint32_t hash = (address >> 3) * UINT32_C(0x9E3779B1);
    hash = (hash ^ hash >> 15) * UINT32_C(0x85EBCA77);
    return hash ^ hash >> 13;
}

static struct bucket *bucket_of(uint32_t hash) {
    return &buckets[(hash >> 16) * BUCKET_COUNT >> 16];
}

/* bytes / u, at most 2^32 - 1, with u = (the hash's lower half + 1) / 2^16. */
static uint32_t priority_of(uint32_t hash, uint32_t bytes) {
    uint32_t divisor = (hash & 0xFFFFu) + 1u;
    if (bytes <= 0xFFFFu) {
        return (bytes << 16) / divisor;
    }
    unsigned shift = (unsigned)__builtin_clz(bytes);
    uint32_t scaled = (bytes << shift) / divisor;
    unsigned missing = 16u - shift;
    return scaled >> (32u - missing) != 0 ? UINT32_MAX : scaled << missing;
}

/* Keeps the block, or turns away it or the one of lowest priority. The lock is held. */
static void keep(struct bucket *bucket, const struct tracked *block) {
    if (block->priority <= bucket->threshold) {
        return;
    }
    struct tracked *least = &bucket->blocks[0];
    for (struct tracked *at = least; at != bucket->blocks + BUCKET_BLOCKS; at++) {
        if (at->address == 0) {
            *at = *block;
            return;
        }
        least = at->priority < least->priority ? at : least;
    }
    if (least->priority >= block->priority) {
        bucket->threshold = block->priority;
    } else {
        bucket->threshold =
            least->priority > bucket->threshold ? least->priority : bucket->threshold;
        *least = *block;
    }
}

/* The entry of the block; NULL = the table does not hold it. The lock is held. */
static struct tracked *find(struct bucket *bucket, uint32_t address) {
    for (struct tracked *at = bucket->blocks; at != bucket->blocks + BUCKET_BLOCKS; at++) {
        if (at->address == address) {
            return at;
        }
    }
    return NULL;
}

static void remove_entry(struct bucket *bucket, struct tracked *block) {
    block->address = 0;
    block->priority = 0;
    for (unsigned i = 0; i < BUCKET_BLOCKS; i++) {
        if (bucket->blocks[i].address != 0) {
            return;
        }
    }
    bucket->threshold = 0;
}

static uint32_t address_of(const void *object) {
    return (uint32_t)(uintptr_t)object;
}

static uint32_t tick_now(void) {
    return obmalloc_tick ? obmalloc_tick() : 0;
}

void sites_allocated(const void *block, const void *caller) {
    struct watch_look found = block ? watch_look(block) : (struct watch_look){WATCH_NOWHERE, 0};
    if (found.home == WATCH_NOWHERE) {
        return;
    }
    uint32_t hash = hash_of(address_of(block));
    struct tracked entry = {
        .address = address_of(block),
        .caller = address_of(caller),
        .bytes = found.bytes,
        .priority = priority_of(hash, found.bytes),
    };
    obmalloc_lock_state before = obmalloc_lock();
    live_blocks++;
    live_bytes += found.bytes;
    entry.tick = tick_now();
    keep(bucket_of(hash), &entry);
    obmalloc_unlock(before);
}

/* The block is not counted any longer; what is known of it is kept iff it is being resized: its address may be handed
 * out again before the realloc is told of, and the realloc may fail. */
static void uncount(const void *block, bool is_resized) {
    struct watch_look found = watch_look(block);
    if (found.home == WATCH_NOWHERE) {
        return;
    }
    struct bucket *bucket = bucket_of(hash_of(address_of(block)));
    obmalloc_lock_state before = obmalloc_lock();
    live_blocks--;
    live_bytes -= found.bytes;
    struct tracked *entry = find(bucket, address_of(block));
    if (entry && is_resized) {
        entry->address |= BEING_RESIZED;
    } else if (entry) {
        remove_entry(bucket, entry);
    }
    obmalloc_unlock(before);
}

void sites_freeing(const void *block) {
    uncount(block, false);
}

void sites_resizing(const void *block) {
    uncount(block, true);
}

/* The block stays, and what is known of it but its length: picolibc's own realloc may have grown it in vain. */
static void restore(const void *block) {
    struct watch_look found = watch_look(block);
    if (found.home == WATCH_NOWHERE) {
        return;
    }
    struct bucket *bucket = bucket_of(hash_of(address_of(block)));
    obmalloc_lock_state before = obmalloc_lock();
    live_blocks++;
    live_bytes += found.bytes;
    struct tracked *entry = find(bucket, address_of(block) | BEING_RESIZED);
    if (entry) {
        entry->address &= ~BEING_RESIZED;
        entry->bytes = found.bytes;
    }
    obmalloc_unlock(before);
}

void sites_resized(const void *old_block, const void *result, size_t request_bytes,
                   const void *caller) {
    bool is_freed = !result && request_bytes == 0 && obmalloc_state.mode == OBMALLOC_LIBC_SERVES;
    if (!result && !is_freed) {
        restore(old_block);
        return;
    }
    struct bucket *bucket = bucket_of(hash_of(address_of(old_block)));
    obmalloc_lock_state before = obmalloc_lock();
    struct tracked *entry = find(bucket, address_of(old_block) | BEING_RESIZED);
    if (entry) {
        remove_entry(bucket, entry);
    }
    obmalloc_unlock(before);
    sites_allocated(result, caller);
}

/* A heap that ends with live blocks lies at its region's start and can still be asked. */
void sites_forgotten(const void *start, const void *end) {
    struct pools_statistics gone;
    obmalloc_lock_state before = obmalloc_lock();
    pools_statistics(&((const struct obmalloc_heap *)start)->pools, &gone);
    live_blocks -= gone.small_used_blocks + gone.large_used_blocks;
    live_bytes -= (uint32_t)(gone.small_used_bytes + gone.large_used_bytes);
    for (unsigned i = 0; i < OBMALLOC_SITES_BLOCK_COUNT; i++) {
        struct bucket *bucket = &buckets[i / BUCKET_BLOCKS];
        struct tracked *entry = &bucket->blocks[i % BUCKET_BLOCKS];
        if (entry->address - address_of(start) < address_of(end) - address_of(start)) {
            remove_entry(bucket, entry);
        }
    }
    obmalloc_unlock(before);
}

/* An entry of the table, and its bucket's threshold. Returns true iff it holds a block. */
static bool read_entry(unsigned i, struct tracked *entry, uint32_t *threshold) {
    const struct bucket *bucket = &buckets[i / BUCKET_BLOCKS];
    obmalloc_lock_state before = obmalloc_lock();
    *entry = bucket->blocks[i % BUCKET_BLOCKS];
    *threshold = bucket->threshold;
    obmalloc_unlock(before);
    return entry->address != 0 && (entry->address & BEING_RESIZED) == 0;
}

static bool is_first_of_caller(unsigned i, uint32_t caller) {
    struct tracked entry;
    uint32_t threshold;
    while (i-- != 0) {
        if (read_entry(i, &entry, &threshold) && entry.caller == caller) {
            return false;
        }
    }
    return true;
}

static void add_to_site(struct obmalloc_site *site, const struct tracked *entry, uint32_t threshold,
                        uint32_t now) {
    uint32_t weight = entry->bytes > threshold ? entry->bytes : threshold;
    uint32_t age = now - entry->tick;
    site->tracked_blocks++;
    site->tracked_bytes += entry->bytes;
    site->estimated_bytes += weight;
    site->estimated_blocks += (weight + entry->bytes / 2u) / entry->bytes;
    site->oldest_ticks = age > site->oldest_ticks ? age : site->oldest_ticks;
}

/* All that the table holds of a caller, whose first entry is i. */
static struct obmalloc_site site_of(unsigned i, uint32_t caller, uint32_t now) {
    struct obmalloc_site site = {.caller = (const void *)(uintptr_t)caller};
    for (; i < OBMALLOC_SITES_BLOCK_COUNT; i++) {
        struct tracked entry;
        uint32_t threshold;
        if (read_entry(i, &entry, &threshold) && entry.caller == caller) {
            add_to_site(&site, &entry, threshold, now);
        }
    }
    return site;
}

/* Keeps sites[] sorted, the one that holds most first. Returns how many there are. */
static uint32_t insert(struct obmalloc_site *sites, uint32_t count, uint32_t count_max,
                       const struct obmalloc_site *site) {
    uint32_t at = count;
    while (at != 0 && sites[at - 1u].estimated_bytes < site->estimated_bytes) {
        if (at < count_max) {
            sites[at] = sites[at - 1u];
        }
        at--;
    }
    if (at < count_max) {
        sites[at] = *site;
    }
    return count < count_max ? count + 1u : count;
}

uint32_t obmalloc_sites(struct obmalloc_site *sites, uint32_t site_count_max,
                        struct obmalloc_sites_totals *totals) {
    uint32_t count = 0;
    obmalloc_lock_state before = obmalloc_lock();
    *totals = (struct obmalloc_sites_totals){.live_blocks = live_blocks, .live_bytes = live_bytes};
    uint32_t now = tick_now();
    obmalloc_unlock(before);
    for (unsigned i = 0; i < OBMALLOC_SITES_BLOCK_COUNT; i++) {
        struct tracked entry;
        uint32_t threshold;
        bool is_held = read_entry(i, &entry, &threshold);
        if (threshold > totals->threshold_bytes) {
            totals->threshold_bytes = threshold;
        }
        if (is_held) {
            totals->tracked_blocks++;
            totals->tracked_bytes += entry.bytes;
            if (is_first_of_caller(i, entry.caller)) {
                struct obmalloc_site site = site_of(i, entry.caller, now);
                count = insert(sites, count, site_count_max, &site);
            }
        }
    }
    return count;
}
