// SPDX-License-Identifier: MIT
#include "oom/programs/program.h"

#include <errno.h>
#include <stdlib.h>

#include "board.h"
#include "harness/board_text.h"
#include "oom/again.h"

static unsigned refused_count;

void program_wrong(const char *file, int line, const char *what) {
    text_print("WRONG %s:%d: %s\n", file, line, what);
    board_exit(PROGRAM_WRONG);
}

void program_refused(void) {
    refused_count++;
}

void *program_served(void *block) {
    if (block == NULL) {
        HOLDS(errno == ENOMEM);
        program_refused();
    }
    errno = 0;
    return block;
}

int program_end(void) {
    text_print("%s\n", refused_count != 0 ? AGAIN_SAID : "done");
    return refused_count != 0 ? PROGRAM_REFUSED : 0;
}

void program_fill(void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        ((unsigned char *)block)[i] = (unsigned char)(seed + i);
    }
}

bool program_is_filled(const void *block, size_t bytes, unsigned seed) {
    for (size_t i = 0; i < bytes; i++) {
        if (((const unsigned char *)block)[i] != (unsigned char)(seed + i)) {
            return false;
        }
    }
    return true;
}
