// SPDX-License-Identifier: MIT
#include "oom/again.h"

#if !__has_include(<picolibc.h>)
#include <reent.h>
#endif
#include <stddef.h>
#include <string.h>

#include "board.h"
#include "harness/board_text.h"
#include "obmalloc.h"
#include "oom/live.h"
#include "oom/null_guard.h"
#include "oom/plan.h"
#include "registers.h"

#define REGISTER_AIRCR                      REGISTER(0xE000ED0C)
#define REGISTER_AIRCR_SYSTEM_RESET         UINT32_C(0x05FA0004)
#define CONTROL_OTHER_STACK_OR_UNPRIVILEGED UINT32_C(3)
#define KEPT_MAGIC                          UINT32_C(0x00A6A145)
#define FNV_OFFSET                          UINT32_C(2166136261)
#define FNV_PRIME                           UINT32_C(16777619)
/* Which n are taken of those that not every one is. */
#define SAMPLE_MULTIPLIER UINT32_C(2654435761)
enum { WORD_BYTES_MAX = 24, SAMPLE_SHIFT = 16 };

void __real_board_console_write(const char *text, size_t length_bytes);
void __wrap_board_console_write(const char *text, size_t length_bytes);
void __wrap_board_console_puts(const char *text);
_Noreturn void board_reset(void);
_Noreturn void __real_board_exit(int status);
_Noreturn void __wrap_board_exit(int status);
int __real_board_file_open(const char *host_path);
int __wrap_board_file_open(const char *host_path);

/* Outlives the reset. */
static struct {
    uint32_t magic;
    uint32_t at; /* of this run */
    uint32_t until;
    uint32_t every;
    uint32_t step;
    uint32_t usual_hash;
    int32_t usual_live;
} kept __attribute__((section(".noinit")));

bool again_stopped;
static bool shows;
static uint32_t text_hash = FNV_OFFSET;
static unsigned
    said_bytes; /* how much of AGAIN_SAID the text ends with; all of it, once it was said */
static int input = -1;

bool again_is_usual(void) {
    return kept.at == 0;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_word(const char *key, const char *value) {
    char word[WORD_BYTES_MAX];
    (void)board_argument(key, word, sizeof word);
    const char *letter = word;
    while (*letter != '\0' && *letter == *value) {
        letter++;
        value++;
    }
    return *letter == *value;
}

static uint32_t number_word(const char *key, uint32_t otherwise) {
    char word[WORD_BYTES_MAX];
    if (board_argument(key, word, sizeof word) == 0) {
        return otherwise;
    }
    uint32_t number = 0;
    for (const char *digit = word; *digit >= '0' && *digit <= '9'; digit++) {
        number = 10 * number + (uint32_t)(*digit - '0');
    }
    return number;
}

/* Before any other constructor, because they allocate. */
__attribute__((constructor(101))) static void begin(void) {
    null_guard_start(is_word("vectors=", "read"));
    shows = is_word("show=", "1");
    if (kept.magic != KEPT_MAGIC) {
        kept.magic = KEPT_MAGIC;
        kept.at = 0;
        kept.until = number_word("fail_until=", 0);
        kept.every = number_word("fail_every=", kept.until);
        kept.step = number_word("fail_step=", 1);
    }
    bool any = !is_word("fail_of=", "firmware") && !is_word("fail_of=", "libc");
    struct plan plan = {
        .mode = is_word("fail=", "all")    ? PLAN_ALL
                : is_word("fail=", "full") ? PLAN_FULL
                                           : PLAN_ONCE,
        .at = kept.at,
        .counts_side = {[PLAN_FIRMWARE] = any || is_word("fail_of=", "firmware"),
                        [PLAN_LIBC] = any || is_word("fail_of=", "libc")},
    };
    plan_set(&plan);
}

/* ---- the console ----------------------------------------------------------------------------- */

static void note_said(char letter) {
    static const char said[] = AGAIN_SAID;
    if (said[said_bytes] != '\0') {
        said_bytes = said[said_bytes] == letter ? said_bytes + 1 : letter == said[0];
    }
}

void __wrap_board_console_write(const char *text, size_t length_bytes) {
    for (size_t i = 0; i < length_bytes; i++) {
        text_hash = (text_hash ^ (uint8_t)text[i]) * FNV_PRIME;
        note_said(text[i]);
    }
    if (shows) {
        __real_board_console_write(text, length_bytes);
    }
}

void __wrap_board_console_puts(const char *text) {
    __wrap_board_console_write(text, strlen(text));
}

/* Closed at the end, lest a thousand runs hold a thousand files. */
int __wrap_board_file_open(const char *host_path) {
    input = __real_board_file_open(host_path);
    return input;
}

/* ---- the end --------------------------------------------------------------------------------- */

static uint32_t misuses_of(const struct obmalloc_statistics *statistics) {
    uint32_t sum = 0;
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        sum += statistics->misuse_count[kind];
    }
    return sum;
}

/* nano asks for its state by malloc, unless the reserve has prepared it; what it has is the library's. */
static int32_t state_blocks(void) {
    int32_t count = 0;
#ifdef _REENT_SMALL
    const void *const state[] = {_REENT->_mp,          _REENT->_r48,  _REENT->_localtime_buf,
                                 _REENT->_asctime_buf, _REENT->_misc, _REENT->_emergency};
    struct obmalloc_region region = obmalloc_boot_report().region;
    for (size_t i = 0; i < sizeof state / sizeof state[0]; i++) {
        count += (uintptr_t)state[i] - (uintptr_t)region.start <
                 (uintptr_t)region.end - (uintptr_t)region.start;
    }
#endif
    return count;
}

static int32_t program_blocks(void) {
    return live_firmware_blocks - state_blocks();
}

static void print(int status) {
    struct pools_finding finding;
    bool sound = obmalloc_check(&finding) == POOLS_OK;
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    uint32_t live = statistics.arena_used_blocks + statistics.libc_used_blocks;
    bool sums = obmalloc_boot_report().flag == 0 ||
                live == (uint32_t)live_firmware_blocks + live_libc_blocks;
    shows = true;
    text_print("@@ at=%u hits=%u of_firmware=%u of_libc=%u status=%d same=%d said=%d ",
               (unsigned)kept.at, (unsigned)plan_counts.hits,
               (unsigned)plan_counts.requests[PLAN_FIRMWARE],
               (unsigned)plan_counts.requests[PLAN_LIBC], status, text_hash == kept.usual_hash,
               said_bytes == sizeof AGAIN_SAID - 1);
    text_print("stopped=%d live=%d usual=%d libc=%u sound=%d misuses=%u sums=%d", again_stopped,
               (int)program_blocks(), (int)kept.usual_live,
               (unsigned)live_libc_blocks + (unsigned)state_blocks(), sound,
               (unsigned)misuses_of(&statistics), sums);
    if (again_print_more) {
        again_print_more();
    }
    text_print("\n");
}

static _Noreturn void reset(void) {
    __asm__ volatile("dsb" ::: "memory");
    *REGISTER_AIRCR = REGISTER_AIRCR_SYSTEM_RESET;
    __asm__ volatile("dsb" ::: "memory");
    for (;;) {
    }
}

/* As a reset would, which takes QEMU longer: it forgets what it has translated. Behind a fault, or where a program has left
 * something of the CPU otherwise than it found it, a reset it is. */
static _Noreturn void restart(void) {
    extern char __stack_top[];
    uint32_t number, masked, control;
    __asm__ volatile("mrs %0, ipsr\n mrs %1, primask\n mrs %2, control"
                     : "=r"(number), "=r"(masked), "=r"(control));
    if (number != 0 || masked != 0 || is_word("restart=", "reset") ||
        (control & CONTROL_OTHER_STACK_OR_UNPRIVILEGED) != 0) {
        reset();
    }
    *REGISTER_SYST_CSR = 0;
    null_guard_stop();
    __asm__ volatile("msr msp, %0\n bx %1" ::"r"(__stack_top), "r"(board_reset) : "memory");
    __builtin_unreachable();
}

/* sweep.py's following() says the same. */
static uint32_t following(uint32_t at) {
    if (at < kept.every) {
        return at + 1;
    }
    uint32_t number = (at * SAMPLE_MULTIPLIER) >> SAMPLE_SHIFT;
    return at + 1 + number % (2 * kept.step - 1);
}

_Noreturn void __wrap_board_exit(int status) {
    if (kept.at == 0) {
        kept.usual_hash = text_hash;
        kept.usual_live = program_blocks();
    }
    print(status);
    if (input >= 0) {
        board_file_close(input);
    }
    uint32_t at = kept.at == 0 ? number_word("fail_at=", 0) : following(kept.at);
    if (at == 0 || at > kept.until) {
        kept.magic = 0;
        __real_board_exit(0);
    }
    kept.at = at;
    restart();
}
