// SPDX-License-Identifier: MIT
/* Who holds the heap, as text, without stdio, which would allocate. */
#include "obmalloc_sites.h"

#include <stddef.h>

#include "put.h"

enum { SITES_MAX = 16 };

static void put_site(put_function *write, const struct obmalloc_site *site,
                     uint32_t untracked_bytes) {
    uint32_t most = site->tracked_bytes + untracked_bytes;
    uint32_t bytes = site->estimated_bytes < most ? site->estimated_bytes : most;
    write("  ");
    put_address(write, site->caller);
    put_number(write, site->estimated_blocks, 8);
    put_number(write, bytes, 10);
    put_number(write, site->tracked_bytes, 10);
    put_number(write, site->oldest_ticks, 12);
    write("  \n");
}

void obmalloc_sites_print(void (*write)(const char *text)) {
    struct obmalloc_site sites[SITES_MAX];
    struct obmalloc_sites_totals totals;
    uint32_t count = obmalloc_sites(sites, SITES_MAX, &totals);
    uint32_t untracked_bytes = totals.live_bytes - totals.tracked_bytes;
    put_number(write, totals.live_blocks, 0);
    write(" blocks live, ");
    put_number(write, totals.live_bytes, 0);
    write(" bytes; of these known one by one: ");
    put_number(write, totals.tracked_blocks, 0);
    write(" blocks, ");
    put_number(write, totals.tracked_bytes, 0);
    write(untracked_bytes == 0 ? " bytes, so that all of this is exact\n" : " bytes\n");
    write("  caller      blocks     bytes  at least      oldest\n");
    for (uint32_t i = 0; i < count; i++) {
        put_site(write, &sites[i], untracked_bytes);
    }
}
