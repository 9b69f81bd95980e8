# SPDX-License-Identifier: MIT
"""A heap decoded from memory alone: pure Python, no gdb, no pyelftools.

    image = heap_image.open_dump("firmware.elf", "ram.bin", base=0x20000000)
    for chunk in image.arena.chunks: ...

Whatever reads memory can be behind it: HeapImage(reader, layout_of(...)). Damage is told in `findings` and does not
stop a walk; what makes a look impossible raises HeapImageError, a sentence.
"""

from .errors import HeapImageError
from .image import HeapImage, layout_of, open_dump, open_firmware

__all__ = ["HeapImage", "HeapImageError", "layout_of", "open_dump", "open_firmware"]
