// SPDX-License-Identifier: MIT
#ifndef TESTS_COVERAGE_HOOKS_H
#define TESTS_COVERAGE_HOOKS_H

#include <stdint.h>

/* Locks held now, and taken so far. */
extern uint32_t pc_lock_depth, pc_lock_count;

#endif
