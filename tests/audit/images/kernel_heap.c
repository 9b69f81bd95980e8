// SPDX-License-Identifier: MIT
/* A heap in the manner of an RTOS kernel's: a first-fit list in an array of its own. */
#include <stddef.h>
#include <stdint.h>

__attribute__((noinline)) void *pvPortMalloc(size_t bytes);
__attribute__((noinline)) void vPortFree(void *block);

struct link {
    struct link *next;
    size_t bytes;
};

static _Alignas(8) uint8_t ucHeap[4096];
static struct link first, *end;

void *pvPortMalloc(size_t bytes) {
    if (end == NULL) {
        end = (struct link *)(void *)ucHeap;
        end->next = NULL;
        end->bytes = sizeof ucHeap;
        first.next = end;
    }
    bytes = (bytes + sizeof(struct link) + 7) & ~(size_t)7;
    for (struct link *before = &first; before->next != NULL; before = before->next) {
        struct link *found = before->next;
        if (found->bytes >= bytes + sizeof(struct link)) {
            found->bytes -= bytes;
            struct link *block = (struct link *)(void *)((char *)found + found->bytes);
            block->bytes = bytes;
            return block + 1;
        }
    }
    return NULL;
}

void vPortFree(void *block) {
    if (block != NULL) {
        struct link *link = (struct link *)block - 1;
        link->next = first.next;
        first.next = link;
    }
}

__attribute__((constructor)) static void make_task(void) {
    vPortFree(pvPortMalloc(100));
}
