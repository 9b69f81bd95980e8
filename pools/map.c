// SPDX-License-Identifier: MIT
#include "map.h"

#if !defined(__ARM_FEATURE_UNALIGNED) && !defined(__x86_64__) && !defined(__aarch64__)
uint32_t map_read(uint32_t address) {
    return *byte_at(address) | (uint32_t)*byte_at(address + 1u) << 8 |
           (uint32_t)*byte_at(address + 2u) << 16 | (uint32_t)*byte_at(address + 3u) << 24;
}

void map_write(uint32_t address, uint32_t word) {
    *byte_at(address) = (uint8_t)word;
    *byte_at(address + 1u) = (uint8_t)(word >> 8);
    *byte_at(address + 2u) = (uint8_t)(word >> 16);
    *byte_at(address + 3u) = (uint8_t)(word >> 24);
}

uint32_t map_window(uint32_t base, uint32_t granule) {
    return map_read(map_address(base, granule)) << granule % 8u;
}

void map_change(uint32_t base, uint32_t granule, uint32_t clear, uint32_t set) {
    uint32_t address = map_address(base, granule);
    uint32_t shift = granule % 8u;
    map_write(address, (map_read(address) & ~(clear >> shift)) | set >> shift);
}
#endif

#if defined(__arm__) && !defined(__ARM_FEATURE_CLZ)
#define TIMES2(n)  n, n
#define TIMES4(n)  TIMES2(n), TIMES2(n)
#define TIMES8(n)  TIMES4(n), TIMES4(n)
#define TIMES16(n) TIMES8(n), TIMES8(n)
#define TIMES32(n) TIMES16(n), TIMES16(n)
#define TIMES64(n) TIMES32(n), TIMES32(n)

const uint8_t map_first_bit[256] = {
    0,          8,          TIMES2(7),  TIMES4(6),  TIMES8(5),
    TIMES16(4), TIMES32(3), TIMES64(2), TIMES64(1), TIMES64(1),
};
#endif
