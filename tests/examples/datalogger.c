// SPDX-License-Identifier: MIT
/*
 * Worked example 2: a data logger. Radio nodes send records in fragments, which are put together in buffers; once
 * an hour all that has come is sent on as one report. The heap has plenty of room for the report, and yet one
 * hour there is none.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

enum {
    HOURS = 12,
    FRAGMENT_BYTES = 900,
    REPORT_BYTES = 4096,
    NODES_MAX = 9,
    SERIAL_FIRST = 410001
};

/* Kept for ever: what is known of a node. */
struct node {
    uint32_t serial;
    uint32_t records;
    char key[32];
};

/* Kept until the record has been taken over. */
struct record {
    uint32_t serial;
    uint8_t fragments[FRAGMENT_BYTES];
};

static struct node *nodes[NODES_MAX];
static unsigned node_count;

/* The site of this example: two nodes at first, and after six hours a second hall is switched on. */
static unsigned nodes_on_air(unsigned hour) {
    return hour < 6 ? 2 : NODES_MAX;
}

void report_failed(void);

/* Where a breakpoint belongs. */
__attribute__((noinline)) void report_failed(void) {
    (void)printf("logger: no memory for a report of %u bytes, %u bytes are free\n", REPORT_BYTES,
                 (unsigned)mallinfo().fordblks);
}

static void *need(void *block) {
    if (!block) {
        (void)printf("logger: out of memory\n");
        exit(1);
    }
    return block;
}

static struct record *record_begin(uint32_t serial) {
    struct record *record = need(malloc(sizeof *record));
    record->serial = serial;
    return record;
}

/* What is known of the node with that number; a new one is welcomed. */
static struct node *node_of(uint32_t serial) {
    for (unsigned i = 0; i < node_count; i++) {
        if (nodes[i]->serial == serial) {
            return nodes[i];
        }
    }
#ifdef FIXED
    static struct node all[NODES_MAX];
    struct node *node = &all[node_count];
#else
    struct node *node = need(malloc(sizeof *node));
#endif
    *node = (struct node){.serial = serial};
    nodes[node_count++] = node;
    return node;
}

/* The nodes send at the full hour, all at once. */
static void collect(unsigned hour) {
    struct record *records[NODES_MAX];
    unsigned count = nodes_on_air(hour);
    for (unsigned i = 0; i < count; i++) {
        records[i] = record_begin(SERIAL_FIRST + i);
        node_of(SERIAL_FIRST + i)->records++;
    }
    for (unsigned i = 0; i < count; i++) {
        free(records[i]);
    }
}

static bool send_report(unsigned hour) {
    char *report = malloc(REPORT_BYTES);
    if (!report) {
        report_failed();
        return false;
    }
    memset(report, ' ', REPORT_BYTES);
    (void)printf("logger: hour %u, report of %u nodes sent\n", hour, node_count);
    free(report);
    return true;
}

int main(void) {
    (void)printf("logger: starts\n");
    for (unsigned hour = 0; hour < HOURS; hour++) {
        collect(hour);
        if (!send_report(hour)) {
            return 1; /* a watchdog would bite */
        }
    }
    return 0;
}
