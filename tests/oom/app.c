// SPDX-License-Identifier: MIT
/* What tests/apps/app.c offers, without a report: again.c has its own. */
#include "apps/app.h"

#include <string.h>

#include "board.h"
#include "oom/again.h"

static char path[200];
static int input = -1;

void app_start(void) {
}

void app_stopped(void) {
    again_stopped = true;
}

const char *app_open_input(void) {
    if (board_argument("input=", path, sizeof path) == 0) {
        return NULL;
    }
    input = board_file_open(path);
    const char *slash = strrchr(path, '/');
    return input < 0 ? NULL : slash ? slash + 1 : path;
}

size_t app_read_input(void *buffer, size_t buffer_bytes) {
    long read_bytes = board_file_read(input, buffer, buffer_bytes);
    return read_bytes < 0 ? 0 : (size_t)read_bytes;
}
