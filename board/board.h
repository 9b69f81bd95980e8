// SPDX-License-Identifier: MIT
/*
 * What every board offers to tests and tools: a console, an exit, files of the host, a tick.
 *
 * All of it goes over Arm semihosting (a debugger or QEMU answers the breakpoint), but for the
 * tick. Nothing here allocates or uses the C library. Call from thread mode or from a handler, one
 * at a time: there is no lock.
 */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* The folder's name, e.g. "mps2-an386". */
extern const char board_name[];

/* Writes length_bytes bytes of `text` to the console, unbuffered. */
void board_console_write(const char *text, size_t length_bytes);

/* As above, up to the terminating 0. */
void board_console_puts(const char *text);

/* Ends the program; `status` becomes the exit status of QEMU (0..255, 0 = success). Flushes
 * nothing: exit() does that first and ends here. */
_Noreturn void board_exit(int status);

/* Copies the command line, words parted by single spaces, into buffer[0..buffer_bytes) with a
 * terminating 0. Returns its length; 0 and an empty string iff there is none or it does not fit. */
size_t board_command_line(char *buffer, size_t buffer_bytes);

/* Finds `key=VALUE` among the words of the command line; `key` is given with its `=`. Copies VALUE
 * as above. Returns its length; 0 iff the word is missing, is empty, or does not fit. */
size_t board_argument(const char *key, char *buffer, size_t buffer_bytes);

/* Files of the host, for reading. board_file_open returns a handle >= 0, or -1 iff the file cannot
 * be opened. */
int board_file_open(const char *host_path);

/* Reads up to buffer_bytes from where the last read ended. Returns the bytes read, 0 at the end of
 * the file, -1 on an error. */
long board_file_read(int handle, void *buffer, size_t buffer_bytes);

void board_file_close(int handle);

/* A free-running tick, counting up. Start it once; later calls do nothing. board_tick() returns a
 * value of which the bits of board_tick_mask count; it wraps there. */
extern const uint32_t board_tick_mask;
void board_tick_start(void);
uint32_t board_tick(void);

/* One tick in picoseconds; 0 iff the board has no tick fine enough to tell instructions apart. */
uint32_t board_tick_period_ps(void);

/* Instructions between two values of board_tick(), in QEMU started with `-icount shift=8`: every
 * instruction then takes 256 ns. Exact for intervals shorter than one wrap; includes what reading
 * the tick takes, so subtract an empty interval. Returns 0 where board_tick_period_ps() is 0. */
uint32_t board_instructions(uint32_t tick_start, uint32_t tick_end);

#endif
