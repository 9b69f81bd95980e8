// SPDX-License-Identifier: MIT
/* A mark at the far end of the stack reserve, which a stack that needs more overwrites. */
#ifndef BOARD_STACK_H
#define BOARD_STACK_H

#include <stdbool.h>

/* For the reset handler. */
void board_stack_mark(void);

/* Returns true iff the mark stands: whatever ran since had enough with the reserve. A frame that
 * is larger than the mark and does not write everywhere can step over it. */
bool board_stack_held(void);

#endif
