# SPDX-License-Identifier: MIT
"""The allocators that are compared: the image of each, and how it is told what RAM it has."""

import pathlib
import subprocess
from typing import NamedTuple

import static_ram


PEERS = {"newlib": "newlib", "nano": "newlib-nano", "picolibc": "picolibc"}


class Subject(NamedTuple):
    """One allocator in one shape of its region."""

    name: str   # as on the command line
    title: str
    flag: int   # use_main_obmalloc of its runs
    folder: pathlib.Path

    @property
    def elf(self):
        return self.folder / "replay.elf"

    def words(self, region_bytes):
        """The replay's words for a region of this size."""
        words = [f"region_bytes={region_bytes}"]
        if self.flag:
            words.append("arena_bytes=0")
        return words

    def static_bytes(self):
        return static_ram.static_bytes((self.folder / "plain.map").read_text("utf-8"))

    def room_bytes(self):
        """The dynamic region of the image, before the replay takes its table of slots from it."""
        return symbol(self.elf, "__heap_end") - symbol(self.elf, "__heap_start")


def symbol(elf, name):
    listing = subprocess.run(["arm-none-eabi-nm", str(elf)], check=True, capture_output=True,
                             text=True).stdout
    for line in listing.splitlines():
        address, _, found = line.split()
        if found == name:
            return int(address, 16)
    raise KeyError(f"{elf} defines no {name}")


def subjects(build, board, libc):
    """All of them, by name, in the order of the tables."""
    ours = pathlib.Path(build) / f"{board}-{libc}"
    peers = pathlib.Path(build) / f"{board}-bench"
    return {"ours": Subject("ours", "ours", 1, ours),
            **{name: Subject(name, title, 0, peers / name) for name, title in PEERS.items()}}
