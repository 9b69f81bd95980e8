// SPDX-License-Identifier: MIT
/*
 * Makes what a program does through a null pointer a fault: on these boards RAM begins at address 0, with
 * code in it, and a write there is one that nobody sees.
 */
#ifndef TESTS_OOM_NULL_GUARD_H
#define TESTS_OOM_NULL_GUARD_H

#include <stdbool.h>

/* From here on the code's memory cannot be written, and the first KiB, which the vector table has alone (vectors_pad.c), not be read, unless the
 * program has a reason to. ARMv7-M only; elsewhere it does nothing. */
void null_guard_start(bool vectors_are_read);

/* Memory is as it was. */
void null_guard_stop(void);

#endif
