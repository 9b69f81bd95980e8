// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__stack_reserve_bytes=2048
/* The big numbers that printf allocates for itself while it prints floating point; picolibc's does
 * without. */
#include <stdio.h>
#ifndef __PICOLIBC__
#include <sys/reent.h>
#endif

#include "target.h"

/* nano leaves floating point out of printf unless asked. */
#ifdef _NANO_FORMATTED_IO
__asm__(".global _printf_float");
#endif

#ifdef __PICOLIBC__
static void check_numbers(const struct obmalloc_statistics *before,
                          const struct obmalloc_statistics *after) {
    CHECK(memcmp(before, after, sizeof *before) == 0);
}
#else
static struct _Bigint *kept_number(void) {
    for (unsigned i = 0; i < _Kmax; i++) {
        if (_REENT_MP_FREELIST(_REENT) && _REENT_MP_FREELIST(_REENT)[i]) {
            return _REENT_MP_FREELIST(_REENT)[i];
        }
    }
    return NULL;
}

static void check_numbers(const struct obmalloc_statistics *before,
                          const struct obmalloc_statistics *after) {
    struct _Bigint *number = kept_number();
    check_owner(number, sizeof *number);
    check_owner(_REENT_MP_FREELIST(_REENT), 128);
    if (flag() == 1) {
        CHECK(after->arena_used_blocks > before->arena_used_blocks);
        CHECK_EQUAL(after->libc_used_blocks, before->libc_used_blocks);
    } else {
        CHECK(after->libc_used_bytes > before->libc_used_bytes);
    }
}
#endif

TEST(numbers_of_printf) {
    char text[32];
    struct obmalloc_statistics before = statistics();
    CHECK_EQUAL(snprintf(text, sizeof text, "%.3f", 1234567.875), 11);
    CHECK(strcmp(text, "1234567.875") == 0);
    struct obmalloc_statistics after = statistics();
    check_numbers(&before, &after);
}

TEST_LIST = {TEST_ENTRY(numbers_of_printf)};
