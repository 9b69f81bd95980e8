// SPDX-License-Identifier: MIT
/* A firmware that calls the allocator and does nothing else: its static RAM and code beside the
 * board's are what the allocator needs. Never run. */
#include <malloc.h>
#include <stdlib.h>

int main(void) {
    void *block = malloc(8);
    block = realloc(block, 16);
    free(block);
    free(calloc(2, 8));
    free(memalign(16, 8));
    return 0;
}
