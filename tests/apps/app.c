// SPDX-License-Identifier: MIT
#include "apps/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/count.h"
#include "board.h"
#include "obmalloc.h"
#include "replay/report.h"

static bool counted;
static char path[200];
static int input = -1;

static void report(void) {
    uint64_t instructions = counted ? count_instructions() : 0;
    fflush(NULL);
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    struct pools_finding finding;
    bool sound = obmalloc_check(&finding) == POOLS_OK;
    board_console_puts("\n" APP_REPORT_MARK "\n");
    report_number("flag", (uint64_t)boot.flag);
    report_number("arena_high_water_bytes", statistics.arena.high_water_bytes);
    report_number("libc_high_water_bytes", statistics.libc_heap_high_water_bytes);
    report_number("failures", statistics.failure_count);
    report_text("arena_check", sound ? "sound" : finding.sentence);
    for (int kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        if (statistics.misuse_count[kind] != 0) {
            report_number("misuses", statistics.misuse_count[kind]);
        }
    }
    if (counted) {
        report_number("instructions", instructions);
    }
    if (app_report_calls) {
        app_report_calls();
    }
    if (app_report_more) {
        app_report_more();
    }
    report_number("refused", input < 0);
    report_number("end", 1);
}

void app_start(void) {
    if (atexit(report) != 0) {
        (void)fprintf(stderr, "atexit() takes no function\n");
        exit(APP_NOT_STARTED);
    }
    counted = !app_report_calls && count_start();
}

const char *app_open_input(void) {
    if (board_argument("input=", path, sizeof path) == 0) {
        (void)fprintf(stderr, "the command line has no word input=PATH, or a path too long\n");
        return NULL;
    }
    input = board_file_open(path);
    if (input < 0) {
        (void)fprintf(stderr, "the host cannot open %s\n", path);
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

size_t app_read_input(void *buffer, size_t buffer_bytes) {
    long read_bytes = board_file_read(input, buffer, buffer_bytes);
    return read_bytes < 0 ? 0 : (size_t)read_bytes;
}
