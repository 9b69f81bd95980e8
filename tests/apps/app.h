// SPDX-License-Identifier: MIT
/*
 * What a real program needs to be a firmware here: its input, a file of the host, and at its end a
 * report of what it took, for run_app.py. The program itself prints as on any system.
 *
 * The report stands behind a line APP_REPORT_MARK, as `key value` lines.
 */
#ifndef TESTS_APPS_APP_H
#define TESTS_APPS_APP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define APP_REPORT_MARK "@@ report"

/* The program's exit status. A fault has another one, board/exception.h. */
enum { APP_DONE = 0, APP_FAILED = 1, APP_NOT_STARTED = 2 };

/* First thing in main: the report comes at exit() from here on. */
void app_start(void);

/* Opens the file that the word input=PATH of the command line names, and returns its name without the
 * folder; NULL iff there is none, having said so on stderr. */
const char *app_open_input(void);

/* Reads up to buffer_bytes of it. Returns the bytes read; 0 = no more. */
size_t app_read_input(void *buffer, size_t buffer_bytes);

/* Overridden in an image that meters the calls of the allocator: reports what they took. Such an image
 * does not count its instructions as a whole, whom the meter's would be among. */
void app_report_calls(void) __attribute__((weak));

/* Overridden in an image that looks for leaks: the program is about to end where it stands, and frees nothing. */
void app_stopped(void) __attribute__((weak));

/* Defined by a program that has more to report. */
void app_report_more(void) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
