// SPDX-License-Identifier: MIT
#ifndef TESTS_COVERAGE_HOOKS_H
#define TESTS_COVERAGE_HOOKS_H

#include <stdint.h>

/* Called behind each unlock of the outermost lock, but not within itself: what another thread does then. */
extern void (*pc_between_steps)(void);

/* Called once, before the outermost lock is taken: another thread was faster. */
extern void (*pc_before_lock)(void);

/* Of a case that has one: called before the boot takes the lock for the first time. */
void pc_before_boot(void) __attribute__((weak));

/* Locks held now, and taken so far. */
extern uint32_t pc_lock_depth, pc_lock_count;

#endif
