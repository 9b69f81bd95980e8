// SPDX-License-Identifier: MIT
/*
 * Allocates in all the ways that C has, and says for each whether the block is where the flag wants
 * it and holds what was written. Compiled as a firmware is, with builtins.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <obmalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

static int status;
static char *early;
static volatile size_t huge_bytes = (size_t)PTRDIFF_MAX - 200;

__attribute__((constructor)) static void before_main(void) {
    early = strdup("before main");
}

void expect(const char *name, int condition) {
    say(condition ? "ok " : "FAIL ");
    say(name);
    say("\n");
    status |= !condition;
}

int at_home(const void *block) {
    const struct obmalloc_boot_report boot = obmalloc_boot_report();
    const char *address = block;
    return address >= (char *)boot.region.start && address < (char *)boot.region.end &&
           obmalloc_owns(block) == (boot.flag == 1);
}

static int is_zero(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (block[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static void check_family(void) {
    unsigned char *block = malloc(100);
    expect("malloc", at_home(block) && malloc_usable_size(block) >= 100);
    memset(block, 0xEE, 100);
    free(block);
    block = calloc(10, 10);
    expect("calloc", at_home(block) && is_zero(block, 100));
    memset(block, 0xEE, 100);
    block = realloc(block, 3000);
    expect("realloc", at_home(block) && block[0] == 0xEE && block[99] == 0xEE);
    block = reallocarray(block, 20, 10);
    expect("reallocarray", at_home(block) && block[99] == 0xEE);
    free(block);
    block = memalign(64, 100);
    expect("memalign", at_home(block) && (uintptr_t)block % 64 == 0);
    free(block);
    block = aligned_alloc(32, 64);
    expect("aligned_alloc", at_home(block) && (uintptr_t)block % 32 == 0);
    free(block);
    void *out = NULL;
    expect("posix_memalign",
           posix_memalign(&out, 128, 40) == 0 && at_home(out) && (uintptr_t)out % 128 == 0);
    free(out);
    errno = 0;
    expect("no room", malloc(huge_bytes) == NULL && errno == ENOMEM);
}

/* What the library allocates for itself. */
static void check_libc(void) {
    expect("strdup before main", at_home(early) && strcmp(early, "before main") == 0);
    free(early);
    char *text = NULL;
    int length = asprintf(&text, "%s %d", "asprintf of the library's", 12);
    expect("asprintf", length == 28 && at_home(text) && strcmp(text + 26, "12") == 0);
    free(text);
    printf("note printf %d\n", 42);
    (void)fflush(stdout);
}

static int storm(void) {
    enum { SLOT_COUNT = 64, STEP_COUNT = 3000 };
    static struct {
        unsigned char *block;
        size_t bytes;
    } slots[SLOT_COUNT];
    uint32_t random = 1;
    for (int step = 0; step < STEP_COUNT; step++) {
        random = random * 1664525u + 1013904223u;
        size_t slot = random >> 26, bytes = 1 + (random >> 8) % 700;
        for (size_t i = 0; i < slots[slot].bytes; i++) {
            if (slots[slot].block[i] != (unsigned char)slot) {
                return 0;
            }
        }
        free(slots[slot].block);
        slots[slot].block = malloc(bytes);
        if (!at_home(slots[slot].block)) {
            return 0;
        }
        slots[slot].bytes = bytes;
        memset(slots[slot].block, (int)slot, bytes);
    }
    for (size_t slot = 0; slot < SLOT_COUNT; slot++) {
        free(slots[slot].block);
    }
    return 1;
}

static int any_misuse(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    unsigned count = 0;
    for (int kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        count += now.misuse_count[kind];
    }
    return count != 0;
}

int main(void) {
    say(obmalloc_boot_report().flag ? "flag 1\n" : "flag 0\n");
    check_family();
    check_libc();
    expect("storm", storm());
#ifdef WITH_CXX
    check_cxx();
#endif
    struct pools_finding finding;
    expect("sound", obmalloc_check(&finding) == POOLS_OK);
    expect("no misuse", !any_misuse());
    say("end\n");
    return status;
}
