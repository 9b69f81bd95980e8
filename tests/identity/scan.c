// SPDX-License-Identifier: MIT
/*
 * With the port: paints all dynamic RAM before the allocator is opened, and looks at the end where
 * the paint is gone although libc was never given the memory. Prints lines that begin with "scan".
 */
#include "obmalloc.h"
#include "print.h"

enum { PAINT = 0xC5 };

void report_scan(void);

void obmalloc_boot_region(struct obmalloc_region *region) {
    for (volatile char *byte = region->start; byte < (char *)region->end; byte++) {
        *byte = (char)PAINT;
    }
}

void report_scan(void) {
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    const char *unused = (char *)boot.region.start + statistics.libc_heap_high_water_bytes;
    const char *end = boot.region.end;
    const char *arena = boot.arena_start;
    uint32_t written = 0;
    for (const char *byte = unused; byte < end; byte++) {
        written += *byte != (char)PAINT;
    }
    put_text("scan flag ");
    put_hex((uint32_t)boot.flag);
    put_text("\nscan arena_bytes ");
    put_hex((uint32_t)(end - arena));
    put_text("\nscan arena_bytes_unused_by_libc ");
    put_hex((uint32_t)(unused < end ? end - (unused > arena ? unused : arena) : 0));
    put_text("\nscan written ");
    put_hex(written);
    put_text("\n");
}
