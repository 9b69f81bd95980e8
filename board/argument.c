// SPDX-License-Identifier: MIT
/* Words of the command line, and those that choose the allocator. */
#include <stdbool.h>

#include "board.h"
#include "obmalloc.h"
#include "pymem.h"

/* On the stack of whoever asks; a longer command line counts as none. */
enum { COMMAND_LINE_BYTES = 256 };

/* Returns what follows `key` in `word`, or NULL iff the word does not begin with it. */
static const char *after_key(const char *word, const char *key) {
    while (*key != '\0') {
        if (*word++ != *key++) {
            return NULL;
        }
    }
    return word;
}

static bool ends_word(char character) {
    return character == ' ' || character == '\0';
}

/* Returns what follows `key` in the first word of `line` that begins with it, or NULL. */
static const char *find_value(const char *line, const char *key) {
    for (const char *word = line; *word != '\0';) {
        const char *value = after_key(word, key);
        if (value != NULL) {
            return value;
        }
        while (!ends_word(*word)) {
            word++;
        }
        while (*word == ' ') {
            word++;
        }
    }
    return NULL;
}

size_t board_argument(const char *key, char *buffer, size_t buffer_bytes) {
    char line[COMMAND_LINE_BYTES];
    (void)board_command_line(line, sizeof line);
    const char *value = find_value(line, key);
    size_t length = 0;
    while (value != NULL && !ends_word(value[length])) {
        length++;
    }
    if (length >= buffer_bytes) {
        length = 0;
    }
    for (size_t i = 0; i < length; i++) {
        buffer[i] = value[i];
    }
    if (buffer_bytes != 0) {
        buffer[length] = '\0';
    }
    return length;
}

/* A name that is too long is none that there is, cut off or not. */
size_t obmalloc_boot_allocator(char *name, size_t name_bytes) {
    char line[COMMAND_LINE_BYTES];
    (void)board_command_line(line, sizeof line);
    const char *value = find_value(line, "PYTHONMALLOC=");
    size_t length = 0;
    while (value != NULL && !ends_word(value[length]) && length + 1 < name_bytes) {
        name[length] = value[length];
        length++;
    }
    if (name_bytes != 0) {
        name[length] = '\0';
    }
    return length;
}

/* A value other than 0 and 1 is passed on as one that obmalloc_boot() reports. */
int obmalloc_boot_flag(void) {
    enum { NO_OPINION = -1, NOT_A_FLAG = 2 };
    char line[COMMAND_LINE_BYTES];
    (void)board_command_line(line, sizeof line);
    const char *value = find_value(line, "use_main_obmalloc=");
    if (value == NULL) {
        return NO_OPINION;
    }
    if ((value[0] != '0' && value[0] != '1') || !ends_word(value[1])) {
        return NOT_A_FLAG;
    }
    return value[0] - '0';
}
