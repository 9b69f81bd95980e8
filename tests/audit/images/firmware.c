// SPDX-License-Identifier: MIT
/* Asks for memory in all ways that the audit looks at; the images are audited, not run. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

int main(void);

char *volatile sink;

int main(void) {
    sink = malloc(10);
    sink = realloc(sink, 20);
    free(sink);
    sink = calloc(3, 4);
    sink = strdup("a block of the C library's own");
    free(sink);
    sink = memalign(16, 3);
    return sink == NULL;
}
