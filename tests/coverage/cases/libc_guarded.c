// SPDX-License-Identifier: MIT
/* What the guard in front of the C library's own allocator refuses, call by call, and that all else reaches it. Under
 * either flag, and of the library's own functions, which no entry point of ours has looked at before. */
// test-builds: guarded
#include <malloc.h>

#include "private_libc.h"
#include "target/target.h"

#if ENTRY_LIBC_IS_REENTRANT
#define ERROR      (_REENT->_errno)
#define CALL(name) libc__##name##_r
#define REENT      _REENT,
#else
#define ERROR      errno
#define CALL(name) libc_##name
#define REENT
#endif

/* volatile, or GCC warns of what is meant here. */
static const volatile size_t too_much = 0x7FFFFFC0u, most = 0x7FFFFF00u, wide = 0x10000u;

static bool refused(const void *block, int error) {
    bool is_right = block == NULL && ERROR == error;
    ERROR = 0;
    return is_right;
}

static bool served(void *block, size_t alignment_bytes) {
    bool is_right = block != NULL && ERROR == 0 && (uintptr_t)block % alignment_bytes == 0;
    libc_free(block);
    return is_right;
}

TEST(by_its_own_names) {
    ERROR = 0;
    CHECK(served(CALL(malloc)(REENT 600), 8));
    CHECK(refused(CALL(malloc)(REENT too_much), ENOMEM));
    CHECK(refused(CALL(malloc)(REENT SIZE_MAX), ENOMEM));
    CHECK(served(CALL(calloc)(REENT 60, 10), 8));
    CHECK(refused(CALL(calloc)(REENT wide, wide), ENOMEM));
    CHECK(refused(CALL(calloc)(REENT 1, too_much), ENOMEM));
    void *block = CALL(malloc)(REENT 600);
    CHECK(refused(CALL(realloc)(REENT block, too_much), ENOMEM));
    fill(block, 600, 3);
    block = CALL(realloc)(REENT block, 700);
    CHECK(block != NULL && is_filled(block, 600, 3));
    CHECK(served(block, 8));
    CHECK(served(CALL(memalign)(REENT 64, 600), 64));
    CHECK(refused(CALL(memalign)(REENT 24, 600), EINVAL));
    CHECK(refused(CALL(memalign)(REENT 0, 600), EINVAL));
    CHECK(refused(CALL(memalign)(REENT 4096, most), ENOMEM));
#if ENTRY_LIBC_IS_REENTRANT
    CHECK(served(CALL(valloc)(REENT 600), 4096));
    CHECK(refused(CALL(valloc)(REENT most), ENOMEM));
    CHECK(served(CALL(pvalloc)(REENT 600), 4096));
    CHECK(refused(CALL(pvalloc)(REENT most), ENOMEM));
#else
    CHECK(served(libc_aligned_alloc(64, 600), 64));
    CHECK(refused(libc_aligned_alloc(24, 600), EINVAL));
    void *out = &out;
    CHECK_EQUAL(libc_posix_memalign(&out, 6, 600), EINVAL);
    CHECK_EQUAL(libc_posix_memalign(&out, 24, 600), EINVAL);
    CHECK_EQUAL(libc_posix_memalign(&out, 64, most), ENOMEM);
    CHECK(out == &out && ERROR == 0);
    CHECK_EQUAL(libc_posix_memalign(&out, 64, 600), 0);
    CHECK(served(out, 64));
#endif
}

/* As the port calls it under flag 1, and as its wrappers are named. */
TEST(by_the_ports_names) {
    ERROR = 0;
    CHECK(served(libc_malloc(600), 8));
    CHECK(refused(libc_malloc(too_much), ENOMEM));
    CHECK(served(libc_calloc(60, 10), 8));
    CHECK(refused(libc_calloc(wide, wide), ENOMEM));
    CHECK(served(libc_realloc(libc_malloc(600), 900), 8));
    CHECK(refused(libc_realloc(NULL, too_much), ENOMEM));
    CHECK(served(libc_memalign(64, 600), 64));
    CHECK(refused(libc_memalign(24, 600), EINVAL));
}

TEST(by_the_entry_points) {
    void *block = malloc(600);
    CHECK(block != NULL);
    errno = 0;
    CHECK(malloc(too_much) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(calloc(wide, wide) == NULL && realloc(block, too_much) == NULL);
    CHECK_EQUAL(errno, ENOMEM);
    CHECK(memalign(24, 40) == NULL);
    CHECK_EQUAL(errno, EINVAL);
    free(block);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(by_its_own_names), TEST_ENTRY(by_the_ports_names),
             TEST_ENTRY(by_the_entry_points)};
