// SPDX-License-Identifier: MIT
/* The port on this computer: port/ in C over a region of memory, and a C library's allocator of our own in the
 * region's lower part, whose blocks ASan watches. */
#ifndef TESTS_FUZZ_PORT_HOST_H
#define TESTS_FUZZ_PORT_HOST_H

#include <stddef.h>

/* As after boot and latch: region [start, start + bytes), of which the upper arena_bytes are the arena, 0 = all.
 * Whatever was before is forgotten. bytes: 2048..; start below 4 GiB. */
void port_host_boot(char *start, size_t bytes, size_t arena_bytes, int flag);

/* Blocks of the C library that are live. */
unsigned port_host_libc_blocks(void);

#endif
