// SPDX-License-Identifier: MIT
/*
 * Names malloc and free, which GCC knows itself, so that under LTO the linker sees no reference to them when it
 * looks through archives first; and asprintf, for which the C library allocates.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

int main(void);

char *volatile sink;

int main(void) {
    sink = malloc(10);
    free(sink);
    char *text;
    int length = asprintf(&text, "%p", sink);
    free(text);
    return length < 0;
}
