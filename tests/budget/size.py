# SPDX-License-Identifier: MIT
"""Code and static RAM of all that serves under flag 1, from the map of a minimal image for v6-M at
-Os. The private copy of the C library's allocator is not among it: it serves under flag 0."""

import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "bench"))

import map_file

# budget.mk's.
FOLDER = pathlib.Path("size") / "microbit-nano"


def private_members(build):
    """The names of the private copy's objects."""
    listed = build / "obmalloc" / "private_libc" / "members"
    return {pathlib.Path(name).name for name in listed.read_text("utf-8").split()}


def owned_sections(build):
    """Returns [(section, bytes, object)] of ours."""
    folder = pathlib.Path(build) / FOLDER
    private = private_members(folder)
    owned = []
    for name, size_bytes, place, _ in map_file.placed_sections(
            (folder / "plain.map").read_text("utf-8")):
        member = re.search(r"libobmalloc\.a\(([^)]+)\)", place)
        if member and member.group(1) not in private:
            owned.append((name, size_bytes, member.group(1)))
    return owned


def by_object(build, kinds):
    """Returns {object: bytes} of the sections of these kinds."""
    found = {}
    for name, size_bytes, member in owned_sections(build):
        if name.startswith(kinds):
            found[member] = found.get(member, 0) + size_bytes
    return found


def sizes(build):
    """Returns the table's rows of bytes."""
    kinds = {"bytes_text": (*map_file.CODE_SECTIONS, ".obmalloc_config"),
             "bytes_static_ram": map_file.RAM_SECTIONS}
    return {path: sum(by_object(build, kind).values()) for path, kind in kinds.items()}
