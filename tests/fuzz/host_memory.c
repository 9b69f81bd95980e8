// SPDX-License-Identifier: MIT
#include "host_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "model.h"

enum { PAGE_BYTES = 4096 };

char *host_memory(size_t bytes) {
    size_t inner_bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    char *outer = mmap(NULL, inner_bytes + 2 * PAGE_BYTES, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (outer == MAP_FAILED ||
        mprotect(outer + PAGE_BYTES, inner_bytes, PROT_READ | PROT_WRITE) != 0) {
        perror("host_memory: mmap below 4 GiB");
        exit(2);
    }
    return outer + PAGE_BYTES + inner_bytes - bytes;
}

_Noreturn void play_fail(const char *sentence) {
    fprintf(stderr, "BROKEN: %s\n", sentence);
    abort();
}
