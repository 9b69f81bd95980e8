// SPDX-License-Identifier: MIT
/* The system calls that Lua's io and os libraries reach beyond board/syscalls.c: the board has neither
 * files nor a clock, and says so. */
#include <errno.h>
#include <sys/times.h>

/* The library's reentrant layer carries this plain variable into the caller's own errno. */
#undef errno
extern int errno;

struct timeval;

int _open(const char *path, int flags, int mode);
int _unlink(const char *path);
int _link(const char *old_path, const char *new_path);
int _gettimeofday(struct timeval *now, void *zone);
clock_t _times(struct tms *times);

static int not_there(int error) {
    errno = error;
    return -1;
}

int _open(const char *path, int flags, int mode) {
    (void)path, (void)flags, (void)mode;
    return not_there(ENOENT);
}

int _unlink(const char *path) {
    (void)path;
    return not_there(ENOENT);
}

int _link(const char *old_path, const char *new_path) {
    (void)old_path, (void)new_path;
    return not_there(ENOENT);
}

int _gettimeofday(struct timeval *now, void *zone) {
    (void)now, (void)zone;
    return not_there(ENOSYS);
}

clock_t _times(struct tms *times) {
    (void)times;
    return (clock_t)not_there(ENOSYS);
}
