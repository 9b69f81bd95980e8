// SPDX-License-Identifier: MIT
/* With the port: its region is where the program wants it. */
#include "bad_alloc/ram.h"
#include "obmalloc.h"

void obmalloc_boot_region(struct obmalloc_region *region) {
    const struct ram ram = ram_of_heap();
    region->start = (void *)ram.start;
    region->end = (void *)ram.end;
    region->arena_bytes = (ram.end - ram.start) / 2;
}
