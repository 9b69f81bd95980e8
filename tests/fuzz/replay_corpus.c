// SPDX-License-Identifier: MIT
/* Gives the files of the command line to the harness function, one by one: what the fuzzers found, without a fuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static int replay(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 2;
    }
    size_t room = 1u << 20;
    uint8_t *bytes = malloc(room);
    size_t count = bytes != NULL ? fread(bytes, 1, room, file) : room;
    fclose(file);
    if (count == room) {
        fprintf(stderr, "%s: longer than any input\n", path);
        free(bytes);
        return 2;
    }
    /* Of its own length, so that ASan sees a look behind it. */
    uint8_t *input = realloc(bytes, count != 0 ? count : 1u);
    printf("%s\n", path);
    fflush(stdout);
    int status = input != NULL ? LLVMFuzzerTestOneInput(input, count) : 2;
    free(input);
    return status;
}

int main(int argument_count, char **arguments) {
    for (int i = 1; i < argument_count; i++) {
        int status = replay(arguments[i]);
        if (status != 0) {
            return status;
        }
    }
    printf("replayed %d inputs\n", argument_count - 1);
    return 0;
}
