// SPDX-License-Identifier: MIT
/*
 * A program that is run again and again, from reset to its end, within one run of QEMU: once as it is, to see
 * what is usual, and then once for each n of the plan's words (plan.h). By the linker's --wrap it stands in front of the
 * board's console, whose text is compared rather than shown, and of its exit, behind which the machine is
 * reset while there are further n. A fault ends a run as any exit does.
 *
 * Each run leaves a line on the console:
 *   @@ at=N hits=N of_firmware=N of_libc=N status=N same=B said=B stopped=B live=N usual=N libc=N sound=B
 *      misuses=N sums=B
 * at         0 for the first run, in which nothing fails
 * same       what it printed is what the first run printed
 * said       it printed "not enough memory"
 * stopped    it said that it ends where it stands, with blocks that it does not free
 * live, usual  blocks of the program's, live at the end; of the first run
 * libc       blocks of the library's own, live at the end
 * sums       under flag 1, the allocator's own count of live blocks is that of live.h
 * and what again_print_more() adds. The word show=1 lets the text through; vectors=read is for a program that reads
 * the vector table (null_guard.h).
 */
#ifndef TESTS_OOM_AGAIN_H
#define TESTS_OOM_AGAIN_H

#include <stdbool.h>

/* Said by a program that gives up where memory ends. */
#define AGAIN_SAID "not enough memory"

/* Set by a program that ends where it stands. */
extern bool again_stopped;

/* This is the first run, in which nothing fails. */
bool again_is_usual(void);

/* Optional: prints further words of a run's line, each behind a space. */
void again_print_more(void) __attribute__((weak));

#endif
