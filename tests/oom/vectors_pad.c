// SPDX-License-Identifier: MIT
/* Behind the vector table, which begins at address 0: what is read through a null pointer lies within one page of QEMU's,
 * none of which has code in it. Linked behind board/startup.o. */
enum { TABLE_BYTES = 64, PAGE_BYTES = 1024 };

__attribute__((used, section(".vectors"))) static const char pad[PAGE_BYTES - TABLE_BYTES];
