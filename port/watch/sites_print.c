// SPDX-License-Identifier: MIT
/* Who holds the heap, as text, without stdio, which would allocate. */
#include "obmalloc_sites.h"

#include <stddef.h>

enum { SITES_MAX = 16, NUMBER_BYTES = 16 };

typedef void write_function(const char *text);

static void put_decimal(write_function *write, uint32_t value, unsigned width) {
    char text[NUMBER_BYTES];
    char *first = &text[NUMBER_BYTES - 1];
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    while (first > text && first > &text[NUMBER_BYTES - 1] - width) {
        *--first = ' ';
    }
    write(first);
}

static void put_address(write_function *write, const void *address) {
    char text[] = "0x00000000";
    uintptr_t value = (uintptr_t)address;
    for (char *digit = text + 9; digit != text + 1; digit--) {
        *digit = "0123456789abcdef"[value & 0xFu];
        value >>= 4;
    }
    write(text);
}

static void put_site(write_function *write, const struct obmalloc_site *site,
                     uint32_t untracked_bytes) {
    uint32_t most = site->tracked_bytes + untracked_bytes;
    uint32_t bytes = site->estimated_bytes < most ? site->estimated_bytes : most;
    write("  ");
    put_address(write, site->caller);
    put_decimal(write, site->estimated_blocks, 8);
    put_decimal(write, bytes, 10);
    put_decimal(write, site->tracked_bytes, 10);
    put_decimal(write, site->oldest_ticks, 12);
    write("  \n");
}

void obmalloc_sites_print(void (*write)(const char *text)) {
    struct obmalloc_site sites[SITES_MAX];
    struct obmalloc_sites_totals totals;
    uint32_t count = obmalloc_sites(sites, SITES_MAX, &totals);
    uint32_t untracked_bytes = totals.live_bytes - totals.tracked_bytes;
    put_decimal(write, totals.live_blocks, 0);
    write(" blocks live, ");
    put_decimal(write, totals.live_bytes, 0);
    write(" bytes; of these known one by one: ");
    put_decimal(write, totals.tracked_blocks, 0);
    write(" blocks, ");
    put_decimal(write, totals.tracked_bytes, 0);
    write(untracked_bytes == 0 ? " bytes, so that all of this is exact\n" : " bytes\n");
    write("  caller      blocks     bytes  at least      oldest\n");
    for (uint32_t i = 0; i < count; i++) {
        put_site(write, &sites[i], untracked_bytes);
    }
}
