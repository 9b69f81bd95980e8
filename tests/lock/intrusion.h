// SPDX-License-Identifier: MIT
/*
 * How a handler brings others to use the heap in the midst of a call. It does so itself, or, under the
 * policy hooks, where no handler may, it has a task run that does.
 */
#ifndef TESTS_LOCK_INTRUSION_H
#define TESTS_LOCK_INTRUSION_H

/* The test's: what intruder `who` does, 0 or 1. */
void intrusion(unsigned who);

/* Before the first. The caller goes on as a task. */
void intrusion_start(void);

/* For handlers: intrusion(who), at once or as soon as they all have returned. */
void intrusion_from_handler(unsigned who);

/* For the caller of intrusion_start(): returns when all intrusions have ended. */
void intrusion_wait(void);

#endif
