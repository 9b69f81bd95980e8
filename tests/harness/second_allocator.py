# SPDX-License-Identifier: MIT
"""Proves of a finished image that nothing of the C library's allocator is in it beside the private copy."""

import collections
import re
import subprocess


def defined(path):
    """How often each name is defined in an image or archive, global or local."""
    listing = subprocess.run(["arm-none-eabi-nm", path], check=True, capture_output=True, text=True).stdout
    return collections.Counter(re.findall(r"^[0-9a-f]+ [A-TV-Zabcdrtw] (\S+)$", listing, re.MULTILINE))


def sentences(image, map_file, library, private):
    """Returns what is wrong, [] iff the image's one allocator is ours with the private copy behind it.

    private: the folder that port/host/private_libc.py has written for the library. All that the C library's
    allocator defines is there in `names`, each with its private name.
    """
    own, linked = defined(library), defined(image)
    found = []
    for line in (private / "names").read_text().splitlines():
        name, private_name = line.split()
        if linked[name] > (1 if own[name] else 0):
            found.append(f"{name} is the C library's own")
        if linked[private_name] > 1:
            found.append(f"{private_name} is there twice")
    copied = {path.name for path in private.glob("*.o")}
    for archive, member in re.findall(r"^\S*?(lib\w+)\.a\(([^)]*)\)$", map_file.read_text(), re.MULTILINE):
        if archive != "libobmalloc" and member in copied:
            found.append(f"{archive}.a({member}) is linked")
    for name in ("malloc", "free", "libc_malloc", "libc_free"):
        if linked[name] != 1:
            found.append(f"{name} is not there")
    return found
