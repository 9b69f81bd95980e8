// SPDX-License-Identifier: MIT
/* What full newlib's allocator has beyond nano's. */
#include "private_libc.h"

/* Acts on the library's heap under either flag: the arena has nothing to give back to sbrk. */
__attribute__((used, externally_visible)) int _malloc_trim_r(struct _reent *reent,
                                                             size_t keep_bytes) {
    return libc__malloc_trim_r(reent, keep_bytes);
}
