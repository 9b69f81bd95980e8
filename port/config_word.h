// SPDX-License-Identifier: MIT
/*
 * The image's config word: the value of use_main_obmalloc that a finished image carries.
 *
 * Layout (version 1), 20 bytes, 4-aligned, five little-endian words in section `.obmalloc_config`:
 *
 *   offset  word            value
 *        0  magic[0]        the bytes "OBMC"
 *        4  magic[1]        the bytes 'F' 'G' 0x0D 0x1A
 *        8  layout_version  1
 *       12  flag            0 or 1; any other value is damage
 *       16  checksum        0x2BFFFFFF + flag
 *
 * The linker fills in flag and checksum: both are `__use_main_obmalloc` plus a constant, which is
 * all that one relocation can compute. 0x2BFFFFFF and 0x2C000000 differ in 27 bits, so that no
 * damage of a few bits turns one valid word into the other.
 *
 * The eight magic bytes occur exactly once in an image, which lets a host tool find the word in a
 * raw binary. Code therefore never holds magic[0] beside magic[1] as constants: it compares two
 * sums that together determine both.
 */
#ifndef OBMALLOC_CONFIG_WORD_H
#define OBMALLOC_CONFIG_WORD_H

#include <assert.h>
#include <stdint.h>

struct obmalloc_config_word {
    uint32_t magic[2];
    uint32_t layout_version;
    uint32_t flag;
    uint32_t checksum;
};

#define OBMALLOC_CONFIG_MAGIC_0        UINT32_C(0x434D424F)
#define OBMALLOC_CONFIG_MAGIC_1        UINT32_C(0x1A0D4746)
#define OBMALLOC_CONFIG_LAYOUT_VERSION UINT32_C(1)
#define OBMALLOC_CONFIG_CHECKSUM_BASE  UINT32_C(0x2BFFFFFF)

static_assert(sizeof(struct obmalloc_config_word) == 20, "host tools patch 20 bytes");

/* The word of this image. */
extern const struct obmalloc_config_word obmalloc_config_word;

/* Returns the flag, 0 or 1, iff the word is whole; -1 iff any of its words is not as above. */
int obmalloc_config_word_flag(const struct obmalloc_config_word *word);

#endif
