#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boots an image on an emulated board, its console on standard output; exits with its status."""

import argparse
import sys

import boards


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", required=True, help="a folder of board/")
    parser.add_argument("--timeout-seconds", type=float, default=60)
    parser.add_argument("--icount", action="store_true", help="256 ns an instruction, exactly")
    parser.add_argument("image", help="an ELF file, or the flash as .bin or .hex")
    parser.add_argument("words", nargs="*", help="the program's command line, e.g. key=value")
    arguments = parser.parse_args()
    options = ["-icount", "shift=8"] if arguments.icount else []
    try:
        done = boards.run(
            arguments.board,
            arguments.image,
            arguments.words,
            options,
            arguments.timeout_seconds,
        )
    except boards.BoardError as error:
        sys.exit(f"qemu.py: {error}")
    sys.stdout.write(done.output)
    sys.stdout.flush()
    if done.status != 0:
        sys.stderr.write(done.complaints)
    if done.status is None:
        sys.exit(f"qemu.py: stopped after {arguments.timeout_seconds:g} s without an end")
    sys.exit(done.status)


if __name__ == "__main__":
    main()
