// SPDX-License-Identifier: MIT
/*
 * Layout records: what a tool needs to decode the heap from memory alone, without symbols or debug info.
 *
 * Section `.obmalloc_layout` of the ELF file holds one record for each file that has something to tell, in
 * any order. obmalloc.ld places it without an address: it is in the file, survives `strip`, and takes
 * neither flash nor RAM. Records are little-endian words:
 *
 *   magic     "OBML"
 *   kind      enum layout_kind in the lower half, version in the upper
 *   bytes     of the whole record, a multiple of 4
 *   ...       the words of the kind's struct
 *
 * A reader skips kinds that it does not know, refuses versions that it does not know of kinds that it
 * does, and ignores words behind those that it knows: what is added at a record's end needs no new version.
 * port/host/heap_image/layout.py is such a reader.
 */
#ifndef OBMALLOC_LAYOUT_H
#define OBMALLOC_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum layout_kind {
    LAYOUT_HEAP =
        1, /* struct pools_heap, the main heap, the geometry, the linker's bounds: layout.c */
    LAYOUT_STATE,  /* struct obmalloc_state: layout.c */
    LAYOUT_HEAPS,  /* the heaps beside the main one: heaps.c */
    LAYOUT_LEDGER, /* where the main heap's words are while it is hidden: ledger.c */
    LAYOUT_LIBC    /* which C library's allocator is beside ours: libc_block_*.c */
};

struct layout_head {
    char magic[4];
    uint16_t kind;
    uint16_t version;
    uint32_t bytes;
};

enum layout_libc { LAYOUT_LIBC_NANO = 1, LAYOUT_LIBC_NEWLIB, LAYOUT_LIBC_PICOLIBC };

struct layout_libc_record {
    struct layout_head head;
    uint32_t libc;    /* enum layout_libc */
    const void *list; /* the head of its free list; of full newlib its table of bins */
};

#define LAYOUT_RECORD __attribute__((used, aligned(4), section(".obmalloc_layout")))

/* The head of `record`, a constant of the section. */
#define LAYOUT_HEAD(kind, version, record)                                                         \
    { {'O', 'B', 'M', 'L'}, kind, version, sizeof(record) }

#endif
