# SPDX-License-Identifier: MIT
"""The boards as their board.mk files describe them, and QEMU's command line for one."""

import os
import re
import shlex
import subprocess

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QEMU = "qemu-system-arm"


class BoardError(Exception):
    """Says what is wrong with a board or its machine, in one sentence."""


def names():
    """The boards' names, sorted."""
    folder = os.path.join(REPOSITORY, "board")
    return sorted(
        entry
        for entry in os.listdir(folder)
        if os.path.isfile(os.path.join(folder, entry, "board.mk"))
    )


class Board:
    """One folder of board/. `values` holds the `NAME := value` lines of its board.mk."""

    def __init__(self, name):
        path = os.path.join(REPOSITORY, "board", name, "board.mk")
        if name not in names():
            raise BoardError(f"no board '{name}'; the boards are: {', '.join(names())}")
        self.name = name
        self.values = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                match = re.match(r"([A-Za-z0-9_-]+)\s*:=\s*(.*?)\s*$", line)
                if match:
                    self.values[match.group(1)] = match.group(2)
        if "BOARD_QEMU_MACHINE" not in self.values:
            raise BoardError(f"{path} sets no BOARD_QEMU_MACHINE")

    def skips(self):
        """Images that the board cannot hold: {(image name, libc or None): reason}."""
        found = {}
        for name, reason in self.values.items():
            match = re.match(r"SKIP_(.+?)(?:-(newlib|nano|picolibc))?$", name)
            if match:
                found[(match.group(1), match.group(2))] = reason
        return found

    def flash_start(self):
        """Where the flash begins, as text for QEMU, from the board's linker script."""
        path = os.path.join(REPOSITORY, "linker", f"{self.name}.ld")
        with open(path, encoding="utf-8") as file:
            match = re.search(r"^__flash_start = (0x[0-9a-fA-F]+);", file.read(), re.MULTILINE)
        if not match:
            raise BoardError(f"{path} sets no __flash_start")
        return match.group(1)


def image_path(board, libc, image, build=None, lock="none", tier="basic"):
    """The image as `make` builds it; `build` is the build directory, else $BUILD, else build/."""
    build = build or os.environ.get("BUILD") or "build"
    folder = f"{board}-{libc}" + ("" if lock == "none" else f"-{lock}")
    folder += "" if tier == "basic" else f"-tier_{tier}"
    return os.path.join(REPOSITORY, build, folder, f"{image}.elf")


def qemu_command(board, image, words=(), options=()):
    """The command that boots `image` on `board`; its console is QEMU's standard output.

    image: an ELF file, or a raw .bin or .hex of the flash, which QEMU then gets nothing beside.
    words: the semihosting command line behind the program's name. options: further ones of QEMU.
    """
    semihosting = "enable=on,target=native,chardev=console,arg=image"
    for word in words:
        semihosting += f",arg={word.replace(',', ',,')}"
    described = Board(board)
    option_value = image.replace(",", ",,")
    machine = shlex.split(described.values["BOARD_QEMU_MACHINE"])
    command = [QEMU, "-machine", *machine, "-display", "none", "-monitor", "none"]
    command += ["-serial", "null", "-chardev", "stdio,id=console,signal=off"]
    command += ["-semihosting-config", semihosting, *options]
    if image.endswith(".bin"):
        start = described.flash_start()
        return [*command, "-device", f"loader,file={option_value},addr={start},force-raw=on"]
    if image.endswith(".hex"):
        return [*command, "-device", f"loader,file={option_value}"]
    return [*command, "-kernel", image]


class Run:
    """What came of one run: QEMU's `status`, None when it was stopped for time; the program's
    `output`; QEMU's own `complaints`."""

    def __init__(self, status, output, complaints):
        self.status = status
        self.output = (output or b"").decode("utf-8", "replace")
        self.complaints = (complaints or b"").decode("utf-8", "replace")


def run(board, image, words=(), options=(), timeout_seconds=60):
    """Boots an image and waits for its end. Raises BoardError when it cannot start."""
    if not os.path.isfile(image):
        raise BoardError(f"{image} does not exist; `make` builds it")
    command = qemu_command(board, image, words, options)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise BoardError(f"{QEMU} is not installed; `make setup` installs it") from error
    except subprocess.TimeoutExpired as expired:
        return Run(None, expired.stdout, expired.stderr)
    return Run(done.returncode, done.stdout, done.stderr)
