#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the sweep of tests/lock/every.c finds where a lock is missing: all of them, in a library that is built with
OBMALLOC_LOCK=none, or one alone, whose instruction is overwritten in a finished image."""

import os
import re
import tempfile

import coverage
from coverage import boards

# Without a lock nothing can go wrong in these: they only look.
UNHARMED = {"malloc_usable_size", "heap: usable size"}
SECONDS = 60
NOPS = {2: b"\x00\xbf", 4: b"\xaf\xf3\x00\x80"}


def damage(board, path, words=()):
    """Sweeps with an image at this path. Returns the last sweep's name, and what was found, None = nothing."""
    words = ("use_main_obmalloc=1", *words)
    done = boards.run(board, path, words, coverage.ICOUNT, SECONDS)
    lines = [line for line in done.output.splitlines() if line and not line.startswith("hits")]
    swept = coverage.sweeps(lines, "sweep")
    name = swept[-1].name if swept else None
    if done.status == 0:
        return name, None
    found = [line for line in lines if line.startswith(("FAIL", "FAULT", "note"))]
    return name, found[0] if found else f"QEMU's status {done.status}"


def unlocked(board, build=None):
    """What is found in each path of the image without a lock: {name: sentence or None}."""
    path = boards.image_path(board, "nano", "every", build, "none")
    found = {}
    while True:
        name, sentence = damage(board, path, (f"path={len(found)}",))
        if name is None:
            return found
        found[name] = sentence


def segments(elf):
    """The (address, offset, bytes) of an ELF file's loaded parts."""
    offset, size, count = (
        int.from_bytes(elf[at : at + length], "little") for at, length in ((28, 4), (42, 2), (44, 2)))
    for header in range(offset, offset + size * count, size):
        kind, start, _, address, length = (
            int.from_bytes(elf[header + at : header + at + 4], "little") for at in (0, 4, 8, 12, 16))
        if kind == 1:
            yield address, start, length


def without(elf, address, length):
    """The ELF file with `length` bytes of code replaced by an instruction that does nothing."""
    for start, offset, size in segments(elf):
        if start <= address < start + size:
            at = offset + address - start
            return elf[:at] + NOPS[length] + elf[at + length :]
    raise coverage.Failure(f"0x{address:x} is in no part of the image")


def sites(image):
    """The addresses of instructions that turn interrupts off in the allocator, with their lengths."""
    found = {}
    for line in image.output("arm-none-eabi-objdump", "-d"):
        match = re.match(r" *([0-9a-f]+):\t([0-9a-f ]+?) *\t(cpsid\ti|msr\tBASEPRI_MAX)", line)
        if match:
            found[int(match.group(1), 16)] = len(match.group(2).replace(" ", "")) // 2
    return found


def survivors(board, image, executed, progress=None):
    """Removes one lock after another that is executed in a sweep. Returns (how many, names of those not missed)."""
    with open(image.path, "rb") as file:
        elf = file.read()
    tried, unnoticed = 0, []
    for address, length in sorted(sites(image).items()):
        if address not in executed:
            continue
        with tempfile.TemporaryDirectory(prefix="obmalloc-mutant-") as folder:
            path = os.path.join(folder, "mutant.elf")
            with open(path, "wb") as file:
                file.write(without(elf, address, length))
            _, sentence = damage(board, path)
        tried += 1
        if sentence is None:
            unnoticed.append(image.name(address))
        if progress:
            progress(f"{board}: without the lock at {image.name(address)}: {sentence or 'nothing was found'}")
    return tried, unnoticed
