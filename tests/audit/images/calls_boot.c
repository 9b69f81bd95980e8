// SPDX-License-Identifier: MIT
/* A start-up code that tells obmalloc of the boot, and so draws a part of it into the image. */
void obmalloc_boot(void);

__attribute__((constructor)) static void boot(void) {
    obmalloc_boot();
}
