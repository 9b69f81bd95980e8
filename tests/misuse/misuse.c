// SPDX-License-Identifier: MIT
/*
 * Does one misuse (case=NAME on the command line), then goes on as a program does, and says what came of it:
 *   report KIND ENTRY ...   each call of obmalloc_misuse()
 *   read VALUE              what a misuse has read
 *   contents NAME           held: all blocks that live hold what they held; changed; shared: memory of one was
 *                           handed out once more
 *
 */
#include "misuse/misuse.h"

#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "exception.h"
#include "obmalloc.h"

enum { WATCHED_MAX = 64, CHURN_COUNT = 20, CHURN_ROUNDS = 3, NAME_BYTES = 40, NO_SUCH_CASE = 2 };

char *blocks[BLOCK_COUNT];
char *large[LARGE_COUNT];

static struct {
    char *block;
    size_t bytes;
    char pattern;
} watched[WATCHED_MAX];
static const char *contents = "held";

__attribute__((noinline)) char *take(size_t bytes) {
    char *block = malloc(bytes);
    __asm__ volatile("");
    return block;
}

__attribute__((noinline)) void give(void *block) {
    free(block);
    __asm__ volatile("");
}

__attribute__((noinline)) char *resize(void *block, size_t bytes) {
    char *resized = realloc(block, bytes);
    __asm__ volatile("");
    return resized;
}

static void put_number(const char *before, uint32_t value) {
    char text[] = "00000000";
    for (char *digit = text + 7; digit >= text; digit--) {
        *digit = "0123456789abcdef"[value & 15u];
        value >>= 4;
    }
    board_console_puts(before);
    board_console_puts(text);
}

void show_read(uint32_t value) {
    put_number("read ", value);
    board_console_puts("\n");
}

/* Whether an address lies in the function, which is short. */
static bool is_in(const void *address, uintptr_t function) {
    enum { FUNCTION_BYTES_MAX = 32 };
    return (uintptr_t)address - (function & ~(uintptr_t)1) < FUNCTION_BYTES_MAX;
}

static const char *place_of(const void *address) {
    return address == NULL                      ? "-"
           : is_in(address, (uintptr_t)&give)   ? "give"
           : is_in(address, (uintptr_t)&take)   ? "take"
           : is_in(address, (uintptr_t)&resize) ? "resize"
                                                : "other";
}

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    static const char *const kinds[OBMALLOC_MISUSE_KIND_COUNT] = {
        [OBMALLOC_MISUSE_FOREIGN] = "foreign",
        [OBMALLOC_MISUSE_MISALIGNED] = "misaligned",
        [OBMALLOC_MISUSE_NOT_A_BLOCK] = "not_a_block",
        [OBMALLOC_MISUSE_DOUBLE_FREE] = "double_free",
        [OBMALLOC_MISUSE_CORRUPT] = "corrupt",
        [OBMALLOC_MISUSE_OTHER_HEAP] = "other_heap",
        [OBMALLOC_MISUSE_AFTER_FREE] = "after_free",
        [OBMALLOC_MISUSE_OVERRUN] = "overrun",
        [OBMALLOC_MISUSE_UNDERRUN] = "underrun",
    };
    board_console_puts("report ");
    board_console_puts(kinds[report->kind]);
    board_console_puts(" ");
    board_console_puts(report->entry_point);
    put_number(" pointer=", (uint32_t)(uintptr_t)report->pointer);
    put_number(" bytes=", (uint32_t)report->block_bytes);
    board_console_puts(" caller=");
    board_console_puts(place_of(report->caller));
    board_console_puts(" freed_by=");
    board_console_puts(place_of(report->freed_by));
    board_console_puts(" allocated_by=");
    board_console_puts(place_of(report->allocated_by));
    board_console_puts(report->sentence ? "\n" : " no sentence\n");
}

/* ---- blocks that live */

static bool is_whole(unsigned i) {
    for (size_t k = 0; k < watched[i].bytes; k++) {
        if (watched[i].block[k] != watched[i].pattern) {
            return false;
        }
    }
    return true;
}

static void look_at_all(void) {
    for (unsigned i = 0; i < WATCHED_MAX; i++) {
        if (watched[i].block && !is_whole(i)) {
            contents = "changed";
        }
    }
}

void keep(char *block, size_t bytes) {
    static char pattern = 0x20;
    unsigned free_place = WATCHED_MAX;
    if (!block) {
        return;
    }
    for (unsigned i = 0; i < WATCHED_MAX; i++) {
        const char *other = watched[i].block;
        if (!other) {
            free_place = i;
        } else if (block < other + watched[i].bytes && other < block + bytes) {
            contents = "shared";
        }
    }
    if (free_place == WATCHED_MAX) {
        return;
    }
    pattern = pattern == 0x3F ? 0x20 : (char)(pattern + 1);
    watched[free_place].block = block;
    watched[free_place].bytes = bytes;
    watched[free_place].pattern = pattern;
    memset(block, pattern, bytes);
}

void forget(const char *block) {
    for (unsigned i = 0; i < WATCHED_MAX; i++) {
        if (watched[i].block == block) {
            watched[i].block = NULL;
        }
    }
}

/* As a program that goes on: takes blocks of a few sizes, uses and frees them. */
static void churn(void) {
    static const uint16_t sizes[] = {BLOCK_BYTES, 24, BLOCK_BYTES, 100, LARGE_BYTES / 2};
    static char *taken[CHURN_COUNT];
    for (unsigned round = 0; round < CHURN_ROUNDS; round++) {
        for (unsigned i = 0; i < CHURN_COUNT; i++) {
            size_t bytes = sizes[i % (sizeof sizes / sizeof sizes[0])];
            taken[i] = take(bytes);
            keep(taken[i], bytes);
        }
        look_at_all();
        for (unsigned i = 0; i < CHURN_COUNT; i++) {
            forget(taken[i]);
            give(taken[i]);
        }
    }
}

static void take_blocks(void) {
    for (unsigned i = 0; i < BLOCK_COUNT; i++) {
        blocks[i] = take(BLOCK_BYTES);
        keep(blocks[i], BLOCK_BYTES);
    }
    for (unsigned i = 0; i < LARGE_COUNT; i++) {
        large[i] = take(LARGE_BYTES);
        keep(large[i], LARGE_BYTES);
    }
}

static const struct misuse *find(const struct misuse *among, unsigned count, const char *name) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(among[i].name, name) == 0) {
            return &among[i];
        }
    }
    return NULL;
}

int main(void) {
    char name[NAME_BYTES];
    (void)board_argument("case=", name, sizeof name);
    const struct misuse *misuse = find(misuses, misuse_count, name);
    if (!misuse) {
        misuse = find(tellings, telling_count, name);
    }
    if (!misuse) {
        return NO_SUCH_CASE;
    }
    take_blocks();
    misuse->act();
    board_console_puts("acted\n");
    look_at_all();
    churn();
    look_at_all();
    board_console_puts("contents ");
    board_console_puts(contents);
    board_console_puts("\n");
    return 0;
}
