# SPDX-License-Identifier: MIT
"""gdb's command `heap`: looks into a firmware's heap. `source port/gdb/obmalloc.py`, then `help heap`.

Memory is only read, and no function of the firmware is called: it works with whatever gdb is attached to, QEMU, a
probe or a core file, as long as gdb has the firmware's ELF file, which may be stripped.
"""

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "host"))

# pylint: disable=wrong-import-position
from heap_image import HeapImage, block_text, core_file, heap_parts, image as images, map_text, text  # noqa: E402
from heap_image.errors import HeapImageError  # noqa: E402

READ_BYTES = 16384  # at a time, so that Ctrl-C ends a long look at a slow target


class Target:
    """The memory that gdb sees."""

    name = "the target"

    def ranges(self):
        """None is known beforehand."""
        return []

    def holds(self, address, length=1):
        try:
            self.read(address, length)
        except HeapImageError:
            return False
        return True

    def read(self, address, length):
        parts = []
        for start in range(address, address + length, READ_BYTES):
            count = min(READ_BYTES, address + length - start)
            try:
                parts.append(bytes(gdb.selected_inferior().read_memory(start, count)))
            except gdb.MemoryError:
                raise HeapImageError(f"gdb cannot read {start:#010x}..{start + count:#010x}: no RAM is there, the dump "
                                     "ends before, or no program runs") from None
        return b"".join(parts)


class Firmwares:
    """The ELF file that gdb has, read once; and which targets have been found to hold it."""

    def __init__(self):
        self._key = self._firmware = None
        self._matched = set()

    def current(self):
        path = gdb.current_progspace().filename
        if not path:
            raise HeapImageError("gdb has no ELF file of the firmware; give it with `file FIRMWARE`")
        key = (path, os.stat(path).st_mtime_ns)
        if key != self._key:
            self._firmware, self._key = images.open_firmware(path), key
        return self._firmware

    def refuse_other(self, firmware, target):
        """Raises HeapImageError iff the target's flash is not the file's. Looks once for each connection."""
        inferior = gdb.selected_inferior()
        connection = (self._key, inferior.num, inferior.pid)
        if connection not in self._matched:
            images.refuse_other_constants(firmware, target)
            self._matched.add(connection)


FIRMWARES = Firmwares()


def current_image():
    """The HeapImage of what gdb shows now."""
    firmware = FIRMWARES.current()
    if not gdb.selected_inferior().pid:
        raise HeapImageError("no program runs and there is no core file: there is no heap to look at; a program that has "
                             "ended did not come to the breakpoint")
    target = Target()
    FIRMWARES.refuse_other(firmware, target)
    layout = images.layout_of(firmware, target, images.writable_ranges(firmware))
    return HeapImage(target, layout, firmware, is_verified=True)


def registers():
    """r0..r15 and xPSR; none iff they are not known, as in a core file without."""
    frame = gdb.newest_frame()
    names = [*(f"r{number}" for number in range(13)), "sp", "lr", "pc", "xpsr"]
    try:
        return [int(frame.read_register(name)) & 0xFFFFFFFF for name in names]
    except (gdb.error, ValueError):
        return []


def value_of(expression):
    """An address or number out of gdb's expressions: 0x20001000, a variable, $r0."""
    return int(gdb.parse_and_eval(expression).cast(gdb.lookup_type("unsigned int")))


def shown(lines):
    gdb.write("\n".join(lines) + "\n")


class HeapCommand(gdb.Command):
    """What the sub-commands have in common. `usage`: what follows the name; `takes`: how many words."""

    name = "heap"
    takes = (0, 0)
    completer = gdb.COMPLETE_NONE

    def __init__(self):
        if self.name == "heap":
            super().__init__(self.name, gdb.COMMAND_DATA, prefix=True)
        else:
            super().__init__(self.name, gdb.COMMAND_DATA, self.completer)

    def invoke(self, argument, _from_tty):
        self.dont_repeat()
        low, high = self.takes
        words = [argument] if high == 1 and argument.strip() else gdb.string_to_argv(argument)
        if not low <= len(words) <= high:
            raise gdb.GdbError(f"{self.name}: wrong number of words; `help {self.name}` says which it takes")
        try:
            shown(self.lines(*words))
        except HeapImageError as error:
            raise gdb.GdbError(f"{self.name}: {error}.") from None
        except OSError as error:
            raise gdb.GdbError(f"{self.name}: {error.filename}: {error.strerror}.") from None


class HeapSummary(HeapCommand):
    """Show a firmware's heap with obmalloc: who serves, what is live, free and lost, and whether it is sound.
Memory is only read; no function of the firmware is called."""

    def lines(self):
        return text.summary(current_image())


class HeapPools(HeapCommand):
    """Show live and ready blocks by pool, and the free chunks by bin."""

    name = "heap pools"

    def lines(self):
        return text.pools(current_image())


class HeapClass(HeapCommand):
    """Show where the blocks are that serve requests of so many bytes: heap class BYTES, 1..512.
The ready ones are in the order in which they will be handed out."""

    name = "heap class"
    takes = (1, 1)
    completer = gdb.COMPLETE_EXPRESSION

    def lines(self, argument):
        return text.of_class(current_image(), value_of(argument))


class HeapBlock(HeapCommand):
    """Show what an address is: heap block ADDRESS, an expression.
Whose it is, where its block starts and ends, whether that is live or freed, its neighbours, what it holds, which
pointers lead to it, and, where the build records that, who allocated and who freed it."""

    name = "heap block"
    takes = (1, 1)
    completer = gdb.COMPLETE_EXPRESSION

    def lines(self, argument):
        return block_text.block(current_image(), value_of(argument), registers())


class HeapLeaks(HeapCommand):
    """Show the live blocks by size and first word; those first to which no pointer leads.
Pointers are looked for in the variables, on the stack, in registers and in the blocks reached so far."""

    name = "heap leaks"

    def lines(self):
        return text.leaks(current_image(), registers())


class HeapCheck(HeapCommand):
    """Prove all heaps sound, as obmalloc_check() does, or tell what is damaged and where."""

    name = "heap check"

    def lines(self):
        return text.check(current_image())


class HeapMap(HeapCommand):
    """Show a picture of the heaps, a character for so many bytes: heap map [BYTES]."""

    name = "heap map"
    takes = (0, 1)
    completer = gdb.COMPLETE_EXPRESSION

    def lines(self, argument=None):
        return map_text.heap_map(current_image(), value_of(argument) if argument else None)


class HeapSave(HeapCommand):
    """Write variables, heaps, stack, constants and registers into a core file: heap save FILE.
`gdb-multiarch FIRMWARE FILE` and `port/host/heap.py FIRMWARE FILE` look at it afterwards."""

    name = "heap save"
    takes = (1, 1)
    completer = gdb.COMPLETE_FILENAME

    def lines(self, argument):
        path = os.path.expanduser(argument.strip())
        parts = heap_parts.of_image(current_image())
        with open(path, "wb") as file:
            file.write(core_file.core_bytes(parts, registers()))
        return [f"{path}: {sum(len(data) for _, data in parts):,} bytes of memory"]


for command in (HeapSummary, HeapPools, HeapClass, HeapBlock, HeapLeaks, HeapCheck, HeapMap, HeapSave):
    command()
