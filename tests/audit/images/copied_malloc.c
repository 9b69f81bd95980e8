// SPDX-License-Identifier: MIT
/* A third party's allocator, brought along under a prefix that no list of names has. */
#include <stddef.h>
#include <stdint.h>

__attribute__((noinline)) void *vendorx_malloc(size_t bytes);
__attribute__((noinline)) void vendorx_free(void *block);

static _Alignas(8) uint8_t vendorx_memory[2048];
static size_t vendorx_used;

void *vendorx_malloc(size_t bytes) {
    bytes = (bytes + 7) & ~(size_t)7;
    if (bytes > sizeof vendorx_memory - vendorx_used) {
        return NULL;
    }
    vendorx_used += bytes;
    return vendorx_memory + vendorx_used - bytes;
}

void vendorx_free(void *block) {
    if (block == vendorx_memory) {
        vendorx_used = 0;
    }
}

__attribute__((constructor)) static void use(void) {
    vendorx_free(vendorx_malloc(100));
}
