# SPDX-License-Identifier: MIT
"""The allocators that are compared, and the images that make bench.mk builds for each."""

import functools
import pathlib
import subprocess
from typing import NamedTuple

import map_file

PEERS = {"newlib": "newlib", "nano": "newlib-nano", "picolibc": "picolibc"}
DEBIAN_PACKAGES = {"newlib": "libnewlib-arm-none-eabi", "nano": "libnewlib-arm-none-eabi",
                   "picolibc": "picolibc-arm-none-eabi"}
NAMES = ("ours", "ours-fixed", *PEERS, "ours-off")
# ours-off is for those who ask what the port costs when its flag is 0.
DEFAULT_NAMES = NAMES[:-1]


class Subject(NamedTuple):
    """One allocator in one shape of its region."""

    name: str             # as on the command line
    title: str            # as in tables
    flag: int             # use_main_obmalloc of its runs
    fixed_arena: bool     # an arena beside the C library's heap; else all of the region is the arena
    folder: pathlib.Path  # of its images

    @property
    def elf(self):
        return self.folder / "replay.elf"

    @property
    def is_built(self):
        return self.elf.is_file()

    def words(self, region_bytes, arena_bytes):
        """The replay's words for a region of this size. A peer has no arena."""
        words = [f"region_bytes={region_bytes}"]
        return [*words, f"arena_bytes={arena_bytes}"] if self.flag else words

    def footprint(self):
        """The allocator's own (static RAM, code) in bytes, in an image that uses nothing else."""
        return map_file.footprint((self.folder / "plain.map").read_text("utf-8"))

    def room_bytes(self):
        """The dynamic region of the image, before the replay takes its table of slots from it."""
        symbols = symbols_of(self.elf)
        return symbols["__heap_end"] - symbols["__heap_start"]


@functools.cache
def symbols_of(elf):
    listing = subprocess.run(["arm-none-eabi-nm", "--defined-only", str(elf)], check=True,
                             capture_output=True, text=True).stdout
    return {name: int(address, 16) for address, _, name in map(str.split, listing.splitlines())}


def subjects(build, board, libc):
    """All of them, by name, in the order of the tables."""
    ours = pathlib.Path(build) / f"{board}-{libc}"
    peers = pathlib.Path(build) / f"{board}-bench"
    known = [Subject("ours", "ours", 1, False, ours),
             Subject("ours-fixed", f"ours + {PEERS.get(libc, libc)}", 1, True, ours)]
    known += [Subject(name, title, 0, False, peers / name) for name, title in PEERS.items()]
    known += [Subject("ours-off", f"{PEERS.get(libc, libc)}, our flag 0", 0, False, ours)]
    return {one.name: one for one in known}
