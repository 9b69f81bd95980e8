// SPDX-License-Identifier: MIT
/* Policy none: nothing is kept apart, and nothing is paid. */
#ifndef OBMALLOC_LOCK_NONE_H
#define OBMALLOC_LOCK_NONE_H

#define OBMALLOC_LOCK_NONE 1

#ifndef __ASSEMBLER__
typedef struct {
    char unused;
} obmalloc_lock_state;

static inline obmalloc_lock_state obmalloc_lock(void) {
    return (obmalloc_lock_state){0};
}

static inline void obmalloc_unlock(obmalloc_lock_state before) {
    (void)before;
}
#endif

#endif
