# SPDX-License-Identifier: MIT
"""The config word's layout; port/config_word.h describes it."""

import struct

MAGIC = b"OBMCFG\x0d\x1a"
LAYOUT_VERSION = 1
CHECKSUM_BASE = 0x2BFFFFFF
WORD = struct.Struct("<8sIII")  # magic, layout version, flag, checksum


class WordError(Exception):
    """A sentence that says why a config word cannot be read."""


class DamagedWord(WordError):
    """The place is known, but the bytes there contradict one another: --repair can rewrite them."""


def flag_of(word_bytes: bytes) -> int:
    """Returns 0 or 1; raises DamagedWord or WordError."""
    magic, version, flag, checksum = WORD.unpack(word_bytes)
    if magic != MAGIC:
        raise DamagedWord(f"its magic is {magic.hex(' ')}, not {MAGIC.hex(' ')}")
    if version != LAYOUT_VERSION:
        raise WordError(f"it has layout version {version}; this tool knows {LAYOUT_VERSION}")
    if flag not in (0, 1):
        raise DamagedWord(f"its flag is {flag:#x}, neither 0 nor 1")
    if checksum != CHECKSUM_BASE + flag:
        raise DamagedWord(f"its checksum is {checksum:#010x}, flag {flag} wants "
                          f"{CHECKSUM_BASE + flag:#010x}")
    return flag


def word_of(flag: int) -> bytes:
    return WORD.pack(MAGIC, LAYOUT_VERSION, flag, CHECKSUM_BASE + flag)
