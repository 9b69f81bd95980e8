# SPDX-License-Identifier: MIT
"""The arithmetic of pools/: what follows from a region's length and a chunk's size."""

GRANULE_BYTES = 8
CHUNK_BYTES_MIN = 16
LARGE_HEADER_BYTES = 8
MAP_SLACK_BYTES = 8
MASK = 0xFFFFFFFF


def map_bytes_for(region_bytes):
    """map_bytes_for() of pools/map.h."""
    count = (region_bytes >> 6) - (region_bytes >> 12) + (region_bytes >> 18)
    return (count + 3 + MAP_SLACK_BYTES + 7) & ~7


def bin_of(chunk_bytes, bin_count=32):
    """space_bin_of() of pools/space.h, for chunks of 16 bytes and more."""
    zeros = 32 - chunk_bytes.bit_length()
    return min(52 - 2 * zeros + (chunk_bytes << zeros >> 30), bin_count - 1)


def plenty_chunk_bytes_of(region_bytes, layout):
    return (region_bytes * layout.plenty_chunk_parts & MASK) >> layout.plenty_chunk_shift


def plenty_bins_of(chunk_bytes):
    return 0x7FFFFFFF >> bin_of(chunk_bytes)


def request_for(chunk_bytes, small_bytes_max):
    """The largest request that a free chunk serves."""
    if chunk_bytes < CHUNK_BYTES_MIN:
        return 0
    if chunk_bytes <= small_bytes_max:
        return chunk_bytes
    return max(chunk_bytes - LARGE_HEADER_BYTES, small_bytes_max)
