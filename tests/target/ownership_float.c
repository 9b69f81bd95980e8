// SPDX-License-Identifier: MIT
// test-link: -Wl,--defsym=__stack_reserve_bytes=2048
/* The big numbers that printf allocates for itself while it prints floating point. */
#include <stdio.h>
#include <sys/reent.h>

#include "target.h"

/* nano leaves floating point out of printf unless asked. */
#ifdef _NANO_FORMATTED_IO
__asm__(".global _printf_float");
#endif

static struct _Bigint *kept_number(void) {
    for (unsigned i = 0; i < _Kmax; i++) {
        if (_REENT_MP_FREELIST(_REENT) && _REENT_MP_FREELIST(_REENT)[i]) {
            return _REENT_MP_FREELIST(_REENT)[i];
        }
    }
    return NULL;
}

TEST(numbers_of_printf) {
    char text[32];
    struct obmalloc_statistics before = statistics();
    CHECK_EQUAL(snprintf(text, sizeof text, "%.3f", 1234567.875), 11);
    CHECK(strcmp(text, "1234567.875") == 0);
    struct obmalloc_statistics after = statistics();
    struct _Bigint *number = kept_number();
    check_owner(number, sizeof *number);
    check_owner(_REENT_MP_FREELIST(_REENT), 128);
    if (flag() == 1) {
        CHECK(after.arena_used_blocks > before.arena_used_blocks);
        CHECK_EQUAL(after.libc_used_blocks, before.libc_used_blocks);
    } else {
        CHECK(after.libc_used_bytes > before.libc_used_bytes);
    }
}

TEST_LIST = {TEST_ENTRY(numbers_of_printf)};
