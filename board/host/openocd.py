#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes an image into a real board's flash through OpenOCD, starts it there, and exits with its status.

The program's console and files come over semihosting, as they do from QEMU; OpenOCD itself ends with the status that
the program gives, and with 1 where it does not come that far. Its own words go to stderr.
"""

import argparse
import os
import re
import subprocess
import sys

import boards

OPENOCD = "openocd"


def quoted(word):
    """A word as Tcl takes it literally."""
    return re.sub(r"([^A-Za-z0-9_./=:,+-])", r"\\\1", word) or "{}"


def configuration(board, interface=None):
    """OpenOCD's (interface, target) scripts for a board. Raises BoardError iff it is none that can be flashed."""
    values = boards.Board(board).values
    if "BOARD_OPENOCD_TARGET" not in values:
        able = [name for name in boards.names() if "BOARD_OPENOCD_TARGET" in boards.Board(name).values]
        raise boards.BoardError(f"OpenOCD knows no {board}; it can flash: {', '.join(able)}")
    return interface or values["BOARD_OPENOCD_INTERFACE"], values["BOARD_OPENOCD_TARGET"]


def command(board, image, words=(), interface=None):
    """The command line. words: the semihosting command line behind the program's name."""
    scripts = [part for script in configuration(board, interface) for part in ("-f", script)]
    # Nobody is to connect, and two boards can be flashed at a time.
    steps = [f"{server}_port disabled" for server in ("gdb", "tcl", "telnet")]
    steps += [f"program {quoted(image)} verify", "reset halt", "arm semihosting enable",
              " ".join(["arm semihosting_cmdline image", *map(quoted, words)]), "resume"]
    return [OPENOCD, *scripts, *(part for step in steps for part in ("-c", step))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", required=True, help="a folder of board/")
    parser.add_argument("--interface", help="OpenOCD's script for the probe, if it is not the board's own")
    parser.add_argument("image", help="what goes into the flash: .hex or .elf")
    parser.add_argument("words", nargs="*", help="the program's command line, e.g. key=value")
    arguments = parser.parse_args()
    try:
        words = command(arguments.board, arguments.image, arguments.words, arguments.interface)
        if not os.path.isfile(arguments.image):
            raise boards.BoardError(f"{arguments.image} does not exist; `make` builds it")
        status = subprocess.run(words, stdin=subprocess.DEVNULL, check=False).returncode
    except boards.BoardError as error:
        sys.exit(f"openocd.py: {error}")
    except FileNotFoundError:
        sys.exit("openocd.py: openocd is not installed; Debian: openocd")
    except KeyboardInterrupt:
        sys.exit("openocd.py: stopped; the program runs on")
    if status != 0:
        print(f"openocd.py: {arguments.board}: the program, or OpenOCD before it, ended with status {status}",
              file=sys.stderr)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
