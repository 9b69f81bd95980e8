// SPDX-License-Identifier: MIT
#include "config_word.h"

#include <stddef.h>

/* A PC, where the reading is tested, has addresses of another length, and no such word. */
#if UINTPTR_MAX == UINT32_MAX
/* An absolute symbol: its address is the value. */
extern const char __use_main_obmalloc[];

#define AS_ADDRESS(value) ((const char *)(uintptr_t)(value))

/* The same five words typed as addresses: an address is no integer constant in C, but the
 * relocation that one makes, symbol plus constant, is exactly the sum that the linker has to fill
 * in. */
struct config_word_image {
    const char *magic[2];
    const char *layout_version;
    const char *flag;
    const char *checksum;
};

_Static_assert(sizeof(struct config_word_image) == sizeof(struct obmalloc_config_word) &&
                   offsetof(struct config_word_image, checksum) ==
                       offsetof(struct obmalloc_config_word, checksum),
               "both views of the config word have one layout");

__attribute__((used, section(".obmalloc_config")))
const struct config_word_image obmalloc_config_word_image __asm__("obmalloc_config_word") = {
    .magic = {AS_ADDRESS(OBMALLOC_CONFIG_MAGIC_0), AS_ADDRESS(OBMALLOC_CONFIG_MAGIC_1)},
    .layout_version = AS_ADDRESS(OBMALLOC_CONFIG_LAYOUT_VERSION),
    .flag = __use_main_obmalloc,
    .checksum = __use_main_obmalloc + OBMALLOC_CONFIG_CHECKSUM_BASE,
};
#endif

int obmalloc_config_word_flag(const struct obmalloc_config_word *word) {
    /* A debugger, a flag tool or a cosmic ray may have changed what the compiler believes
     * constant. */
    const volatile struct obmalloc_config_word *flash = word;
    uint32_t magic_0 = flash->magic[0];
    uint32_t magic_1 = flash->magic[1];
    uint32_t flag = flash->flag;
    if (magic_0 + magic_1 != OBMALLOC_CONFIG_MAGIC_0 + OBMALLOC_CONFIG_MAGIC_1 ||
        magic_0 + 2 * magic_1 != OBMALLOC_CONFIG_MAGIC_0 + 2 * OBMALLOC_CONFIG_MAGIC_1 ||
        flash->layout_version != OBMALLOC_CONFIG_LAYOUT_VERSION || flag > 1 ||
        flash->checksum != OBMALLOC_CONFIG_CHECKSUM_BASE + flag) {
        return -1;
    }
    return (int)flag;
}
