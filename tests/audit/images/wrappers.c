// SPDX-License-Identifier: MIT
/* What looks like further allocators and is not: all of it ends in malloc. */
#include <stdlib.h>

__attribute__((noinline)) void *pvPortMalloc(size_t bytes);
__attribute__((noinline)) void vPortFree(void *block);
__attribute__((noinline)) void *app_malloc(size_t bytes);
__attribute__((noinline)) void app_free(void *block);

void *pvPortMalloc(size_t bytes) {
    return malloc(bytes);
}

void vPortFree(void *block) {
    free(block);
}

static unsigned app_live_blocks;

void *app_malloc(size_t bytes) {
    app_live_blocks++;
    return malloc(bytes);
}

void app_free(void *block) {
    app_live_blocks--;
    free(block);
}

__attribute__((constructor)) static void use(void) {
    vPortFree(pvPortMalloc(100));
    app_free(app_malloc(100));
}
