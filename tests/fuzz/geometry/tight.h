// SPDX-License-Identifier: MIT
/* The numbers of pools/geometry.h at the ends of their ranges where memory is merged early and little is looked at. */
#undef POOLS_PLENTY_CHUNK_PARTS
#define POOLS_PLENTY_CHUNK_PARTS 32u
#undef POOLS_CARVE_SHIFT
#define POOLS_CARVE_SHIFT 24u
#undef POOLS_END_CUT_BYTES
#define POOLS_END_CUT_BYTES 513u
#undef POOLS_DRAIN_LOOKS
#define POOLS_DRAIN_LOOKS 1u
#undef POOLS_BIN_TRIES
#define POOLS_BIN_TRIES 1u
