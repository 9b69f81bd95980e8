// SPDX-License-Identifier: MIT
/*
 * What `__use_main_obmalloc` is when neither the link line nor the linker script says it: 1.
 *
 * A file of its own, because it is an archive member of its own: the linker takes it only while the
 * symbol is undefined, so -Wl,--defsym=__use_main_obmalloc=0 needs no weak definition to beat. (The
 * assembler resolves references to an absolute symbol of its own file, even a weak one, and would
 * leave the linker nothing to change.)
 */
__asm__(".global __use_main_obmalloc\n"
        ".set __use_main_obmalloc, 1\n");
