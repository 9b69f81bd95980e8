// SPDX-License-Identifier: MIT
/* That a lock of port/rtos/ is refused ends the program, so that it is shown in runs of its own:
 * tests/host/test_lock.py asks for them. */
#ifndef TESTS_LOCK_REFUSED_H
#define TESTS_LOCK_REFUSED_H

/* With the word `refused=1` on the command line: allocates in a handler, and does not return. */
void refused_where_wanted(void);

#endif
