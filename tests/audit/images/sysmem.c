// SPDX-License-Identifier: MIT
/* An sbrk in the manner of a vendor's code generator: from the end of .bss up to a stack of a guessed size. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

void *_sbrk(ptrdiff_t increment);
void *sbrk(ptrdiff_t increment);

extern uint8_t _ebss[], _estack[];
enum { STACK_BYTES = 0x400 };

void *_sbrk(ptrdiff_t increment) {
    static uint8_t *heap_end;
    if (heap_end == NULL) {
        heap_end = _ebss;
    }
    uint8_t *before = heap_end;
    if ((uintptr_t)before + (size_t)increment > (uintptr_t)_estack - STACK_BYTES) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_end += increment;
    return before;
}

void *sbrk(ptrdiff_t increment) {
    return _sbrk(increment);
}
