// SPDX-License-Identifier: MIT
/* soak_host FOLDER SEED SAMPLES OPERATIONS LEAK_RUNS: a life on this computer, with the port in C. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "fuzz/host_memory.h"
#include "fuzz/port_host.h"
#include "obmalloc.h"
#include "soak.h"

enum { FILE_COUNT_MAX = 16, PATH_BYTES = 256, EXIT_NO_LIFE = 2 };

/* Each is read once, however often it is opened. */
static struct file {
    char path[PATH_BYTES];
    char *bytes;
    size_t count;
    size_t next;
} files[FILE_COUNT_MAX];
static int file_count;

void soak_print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void obmalloc_misuse(const struct obmalloc_misuse *report) {
    fprintf(stderr, "soak_host: %s\n", report->sentence);
    abort();
}

static int read_file(struct file *file, const char *host_path) {
    FILE *opened = fopen(host_path, "rb");
    if (opened == NULL || strlen(host_path) >= sizeof file->path) {
        return -1;
    }
    const size_t room = 1u << 20;
    file->bytes = calloc(1, room);
    file->count = file->bytes != NULL ? fread(file->bytes, 1, room, opened) : 0;
    strcpy(file->path, host_path);
    fclose(opened);
    return 0;
}

int board_file_open(const char *host_path) {
    int handle = 0;
    while (handle < file_count && strcmp(files[handle].path, host_path) != 0) {
        handle++;
    }
    if (handle == file_count &&
        (file_count == FILE_COUNT_MAX || read_file(&files[file_count++], host_path) != 0)) {
        return -1;
    }
    files[handle].next = 0;
    return handle;
}

long board_file_read(int handle, void *buffer, size_t buffer_bytes) {
    struct file *file = &files[handle];
    size_t left = file->count - file->next;
    size_t part = left < buffer_bytes ? left : buffer_bytes;
    memcpy(buffer, file->bytes + file->next, part);
    file->next += part;
    return (long)part;
}

void board_file_close(int handle) {
    (void)handle;
}

static uint32_t number(const char *text) {
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argument_count, char **arguments) {
    if (argument_count != 6) {
        fprintf(stderr, "soak_host: wants FOLDER SEED SAMPLES OPERATIONS LEAK_RUNS\n");
        return EXIT_NO_LIFE;
    }
    const struct soak_wish wish = {arguments[1], number(arguments[2]), number(arguments[3]),
                                   number(arguments[4]), number(arguments[5])};
    port_host_boot(host_memory(SOAK_ARENA_BYTES), SOAK_ARENA_BYTES, 0, 1);
    setvbuf(stdout, NULL, _IOLBF, 0);
    return soak(&wish);
}
