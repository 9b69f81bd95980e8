# SPDX-License-Identifier: MIT
"""For the tests: runs tests/gdb/known_heap.c under gdb, and reads what it says of its own heap."""

import os
import pathlib
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "port" / "host")]

import boards
from heap_image import open_firmware

BOARD = os.environ.get("BOARD") or "microbit"
STOP = "known_heap_stop"
HEAP_TOOL = REPOSITORY / "port" / "host" / "heap.py"


class Told:
    """What the firmware said: stat[prefix, name], blocks {address: bytes}, further, lost, and its lines."""

    def __init__(self, output):
        self.stat = {(prefix, name): int(value) for prefix, name, value in
                     re.findall(r"^(arena|main|further|misuse|boot) (\w+) (\d+)$", output, re.MULTILINE)}
        self.blocks = self._blocks("block", output)
        self.further = self._blocks("further_block", output)
        self.lost = self._blocks("lost", output)
        self.sentence = re.search(r"^sentence (.*)$", output, re.MULTILINE).group(1)

    @staticmethod
    def _blocks(what, output):
        return {int(address, 16): int(count) for address, count in
                re.findall(rf"^{what} (0x[0-9a-f]+) (\d+)$", output, re.MULTILINE)}

    def sums(self, prefix):
        return {name: value for (of, name), value in self.stat.items() if of == prefix}


def image_of(libc, name="known_heap"):
    return boards.image_path(BOARD, libc, name)


def run(command, status=0):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def gdb_run(image, commands, *words, status=0):
    """Output of gdb on a live QEMU: what came before the first command's mark, then what each printed."""
    marked = [part for command in commands for part in (f"echo @@\\n", command)]
    done = run([sys.executable, REPOSITORY / "board" / "host" / "debug.py", "--board", BOARD, "--commands",
                ";".join(marked), image, *words], status)
    return [part.strip("\n") for part in done.stdout.split("@@\n")], done.stderr


def stop_commands(image):
    """Runs up to the firmware's stop, which a stripped file does not name."""
    return [f"tbreak *{address_of(image, STOP):#x}", "continue"]


def address_of(image, name):
    return open_firmware(re.sub(r"\.\d+\.stripped", "", image)).symbol(name).address


def at_stop(image, commands, flag=1):
    """(Told, what each command printed)."""
    parts, _ = gdb_run(image, stop_commands(image) + commands, f"use_main_obmalloc={flag}")
    return Told(parts[2]), parts[3:]


def ram_of(image):
    firmware = open_firmware(image)
    return firmware.symbol("__ram_start").address, firmware.symbol("__stack_top").address


def figures(line):
    return [int(word.replace(",", "")) for word in re.findall(r"\d[\d,]*", line)]


def row_of(lines, title, place=0):
    """The figures of the row that starts with the title."""
    return figures([line for line in lines if line.startswith(title)][place][len(title):])


class stripped:
    """A copy of an image with neither symbols nor debug info, for as long as the block runs.

    Tests run side by side, and more than one strips the same image: a copy carries the number of its process.
    """

    def __init__(self, image):
        self.image = image
        self.copy = image.replace(".elf", f".{os.getpid()}.stripped.elf")

    def __enter__(self):
        run(["arm-none-eabi-strip", self.image, "-o", self.copy])
        assert os.path.getsize(self.copy) < os.path.getsize(self.image), "strip has made it larger"
        return self.copy

    def __exit__(self, *_):
        os.unlink(self.copy)
