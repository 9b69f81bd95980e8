// SPDX-License-Identifier: MIT
/*
 * A firmware that names nothing of this repository, in C or as C++: in C++ nothing but operator new
 * names malloc, and under LTO a builtin's name is not seen. The linker could pass our library over.
 */
#include "matrix.h"
#ifdef __cplusplus
#define TAKE(bytes) (new char[bytes])
#define GIVE(block) delete[](block)
#else
#include <stdlib.h>
#define TAKE(bytes) ((char *)malloc(bytes))
#define GIVE(block) free(block)
#endif

static volatile unsigned block_bytes = 40;
static char *volatile kept;

int main(void) {
    kept = TAKE(block_bytes);
    kept[0] = 'x';
    char *other = TAKE(2 * block_bytes);
    other[0] = kept[0];
    say(other[0] == 'x' && other != kept ? "held\n" : "LOST\n");
    kept = other;
    GIVE(other);
    return 0;
}
