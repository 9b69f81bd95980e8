// SPDX-License-Identifier: MIT
#include "plenty.h"

#include "assembly.h"

/* Blocks of `g` granules that are carved at once: as many as one map window shows, 8 at most. */
#define COUNT(g) (24u / (g) < 8u ? 24u / (g) : 8u)
/* Map bits of their starts and of what follows the last. */
#define START(g, i) ((i) <= COUNT(g) ? MAP_FIRST >> (g) * (i) % 32u : 0u)
#define STARTS(g)                                                                                  \
    (MAP_FIRST | START(g, 1u) | START(g, 2u) | START(g, 3u) | START(g, 4u) | START(g, 5u) |        \
     START(g, 6u) | START(g, 7u) | START(g, 8u))
#define CARVE(g)                                                                                   \
    { STARTS(g), COUNT(g) }

#define CARVED_GRANULES_MAX 12u

#if !defined(__OPTIMIZE_SIZE__) || defined(POOLS_ASSEMBLY)
const struct plenty_carving plenty_carves[] = {CARVE(2u),  CARVE(3u),  CARVE(4u), CARVE(5u),
                                               CARVE(6u),  CARVE(7u),  CARVE(8u), CARVE(9u),
                                               CARVE(10u), CARVE(11u), CARVE(12u)};

_Static_assert(CARVED_GRANULES_MAX == sizeof plenty_carves / sizeof plenty_carves[0] + 1u &&
                   COUNT(12u) == 2u,
               "larger blocks come one by one");
#define CARVING plenty_carves[granules - 2u]
#else
/* What the table holds, counted out. */
static struct plenty_carving carving_of(uint32_t granules) {
    struct plenty_carving carving = {MAP_FIRST, 0};
    for (uint32_t at = granules; at <= 24u && carving.count < 8u; at += granules) {
        carving.starts |= MAP_FIRST >> at;
        carving.count++;
    }
    return carving;
}
#endif

_Static_assert(COUNT(3u) * 3u < MAP_WINDOW_GRANULES && COUNT(4u) * 4u < MAP_WINDOW_GRANULES,
               "one map change marks them all");

#ifdef __OPTIMIZE_SIZE__
void plenty_renew(struct pools_heap *heap) {
    plenty_renew_inline(heap);
}
#endif

uint32_t plenty_carve(struct pools_heap *heap, uint32_t bytes) {
    uint32_t block = heap->untouched;
    uint32_t granules = bytes / POOLS_ALIGNMENT_BYTES;
    uint32_t spare = space_untouched_bytes(heap) >> POOLS_CARVE_SHIFT;
#ifndef CARVING
#define CARVING carving
    struct plenty_carving carving = carving_of(granules);
#endif
    if (granules > CARVED_GRANULES_MAX || CARVING.count * bytes > spare) {
        space_cut(heap, block, bytes);
        return block;
    }
    uint32_t count = CARVING.count;
    space_carve(heap, count * bytes, CARVING.starts, count);
    uint32_t *pool = &heap->pools[granules];
    uint32_t ready = block + bytes;
    uint32_t last = block + (count - 1u) * bytes;
    link_make_ready(heap, last, *pool);
    *pool = ready;
    pools_ready_changed(heap, granules, (int32_t)count - 1);
    while (ready != last) {
        link_make_ready(heap, ready, ready + bytes);
        ready += bytes;
    }
    return block;
}
