// SPDX-License-Identifier: MIT
/*
 * At the program's end writes its counters to the file that the command line names with coverage=PATH: for each
 * object its name's bytes, its data's bytes, two words, then the name and the data as of a .gcda file.
 *
 * The linker puts this in front of board_exit (--wrap), which every way out of a program leads through.
 */
#include "coverage/dump.h"

#include "board.h"

enum { PATH_BYTES = 128, DUMP_FAILED_STATUS = 71 };

extern const struct gcov_info *const __gcov_info_start[], *const __gcov_info_end[];

_Noreturn void __real_board_exit(int status);
_Noreturn void __wrap_board_exit(int status);

struct dump {
    int handle;
    _Bool counts_only; /* the first time, because the bytes come before the data */
    _Bool failed;
    uint32_t name_bytes, data_bytes;
    unsigned char buffer[256];
    size_t buffered;
};

static void flush(struct dump *dump) {
    dump->failed = dump->failed || !dump_write(dump->handle, dump->buffer, dump->buffered);
    dump->buffered = 0;
}

static void put(struct dump *dump, const void *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (dump->buffered == sizeof dump->buffer) {
            flush(dump);
        }
        dump->buffer[dump->buffered++] = ((const unsigned char *)data)[i];
    }
}

static void take_name(const char *name, void *argument) {
    struct dump *dump = argument;
    uint32_t bytes = 0;
    while (name[bytes] != '\0') {
        bytes++;
    }
    if (dump->counts_only) {
        dump->name_bytes = bytes;
        return;
    }
    put(dump, &dump->name_bytes, sizeof dump->name_bytes);
    put(dump, &dump->data_bytes, sizeof dump->data_bytes);
    put(dump, name, bytes);
}

static void take_data(const void *data, unsigned bytes, void *argument) {
    struct dump *dump = argument;
    if (dump->counts_only) {
        dump->data_bytes += bytes;
    } else {
        put(dump, data, bytes);
    }
}

static void *allocate_nothing(unsigned bytes, void *argument) {
    (void)bytes;
    (void)argument;
    return NULL;
}

static _Bool dump_all(const char *path) {
    static struct dump dump;
    dump = (struct dump){.handle = dump_open(path)};
    if (dump.handle < 0) {
        return 0;
    }
    for (const struct gcov_info *const *info = __gcov_info_start; info < __gcov_info_end; info++) {
        dump.data_bytes = 0;
        dump.counts_only = 1;
        __gcov_info_to_gcda(*info, take_name, take_data, allocate_nothing, &dump);
        dump.counts_only = 0;
        __gcov_info_to_gcda(*info, take_name, take_data, allocate_nothing, &dump);
    }
    flush(&dump);
    dump_close(dump.handle);
    return !dump.failed;
}

_Noreturn void __wrap_board_exit(int status) {
    static _Bool ends;
    static char path[PATH_BYTES];
    if (!ends && board_argument("coverage=", path, sizeof path) != 0) {
        ends = 1;
        if (!dump_all(path)) {
            board_console_puts("\nFAULT the counters could not be written\n");
            __real_board_exit(DUMP_FAILED_STATUS);
        }
    }
    __real_board_exit(status);
}
