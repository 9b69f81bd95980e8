// SPDX-License-Identifier: MIT
/* Constructors that allocate in every way, and one that prints, so that stdio is set up before main. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/board_text.h"
#include "obmalloc_ledger.h"
#include "report.h"

static void *kept[8];

__attribute__((noinline)) static void take_small(void) {
    kept[0] = malloc(13);
    kept[1] = malloc(1);
    kept[2] = malloc(200);
    __asm__ volatile("");
}

__attribute__((noinline)) static void take_large(void) {
    kept[3] = malloc(600);
    __asm__ volatile("");
}

__attribute__((noinline)) static void take_clean(void) {
    kept[4] = calloc(5, 7);
    __asm__ volatile("");
}

__attribute__((noinline)) static void take_aligned(void) {
    kept[5] = memalign(32, 40);
    __asm__ volatile("");
}

__attribute__((noinline)) static void give_some(void) {
    free(kept[1]);
    free(NULL);
    kept[0] = realloc(kept[0], 60);
    __asm__ volatile("");
}

static void look(const char *when) {
    struct obmalloc_statistics now;
    struct pools_finding finding;
    obmalloc_statistics(&now);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    text_print("check %s blocks %u owned %d sound %d latched %d late %d\n", when,
               (unsigned)(now.arena_used_blocks + now.libc_used_blocks), obmalloc_owns(kept[0]),
               obmalloc_check(&finding) == POOLS_OK, boot.latched,
               obmalloc_request_flag(!boot.flag) == OBMALLOC_REQUEST_LATE);
}

/* Whoever looks at the heap before main sees it as it is. */
__attribute__((constructor(101))) static void allocate(void) {
    take_small();
    take_large();
    take_clean();
    take_aligned();
    look("constructor");
    give_some();
    kept[6] = strdup("a string");
}

__attribute__((constructor(102))) static void set_up_stdio(void) {
    printf("stdio is set up\n");
}

int main(void) {
    report_ledger();
    look("main");
    return 0;
}
