#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a firmware that was built with WATCH=record in QEMU, and keeps what it recorded.

What the firmware prints goes to standard output, and behind it a line about the recording. Ends with the firmware's
status.
"""

import argparse
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

import boards

sys.path.insert(0, str(pathlib.Path(boards.REPOSITORY) / "port" / "host"))

import pins
from recording import elf_match, file_format, history

TIMEOUT_SECONDS = 300
# board/argument.c's command line is shorter than 256 bytes.
WORDS_BYTES_MAX = 230
# What tests/apps/app.c says to run_app.py.
APP_REPORT = re.compile(r"\n@@ report\n(?:\w+ .*\n)*")


class RecordError(Exception):
    """A sentence that says why there is no recording."""


def run(board, elf, words, timeout_seconds):
    """Boots the firmware. Returns (boards.Run, the recording's bytes or None)."""
    with tempfile.TemporaryDirectory(prefix="rec.") as folder:
        path = pathlib.Path(folder) / "r"
        words = [*words, f"record={path}"]
        if any(" " in word for word in words) or sum(len(word.encode()) + 1 for word in words) > WORDS_BYTES_MAX:
            raise RecordError(f"the board takes words without spaces, {WORDS_BYTES_MAX} bytes in all: {' '.join(words)}")
        done = boards.run(board, elf, words, ["-icount", "shift=8"], timeout_seconds)
        return done, path.read_bytes() if path.is_file() else None


def copied(path, folder):
    """The input of a program where the board can open it: a path that is short and has no spaces."""
    source = pathlib.Path(path)
    if not source.is_file():
        raise RecordError(f"there is no file '{path}'")
    return shutil.copyfile(source, pathlib.Path(folder) / source.name.replace(" ", "_"))


def record(arguments):
    """Returns the firmware's exit status; the recording is in the file then."""
    firmware = elf_match.load_firmware(arguments.elf)
    if not firmware.is_stripped and "obmalloc_record_end" not in firmware.by_name:
        raise RecordError(f"{arguments.elf}: was not built with WATCH=record (OBMALLOC_WATCH := record)")
    with tempfile.TemporaryDirectory(prefix="in.") as folder:
        words = list(arguments.words)
        if arguments.input:
            words.append(f"input={copied(arguments.input, folder)}")
        done, data = run(arguments.board, arguments.elf, words, arguments.timeout_seconds)
    sys.stdout.write(APP_REPORT.sub("", done.output))
    sys.stdout.flush()
    if data is None:
        raise RecordError(f"{arguments.elf} on {arguments.board} wrote no recording, exit status {done.status}: nothing in it "
                          f"takes record=PATH, or it allocated nothing\n{done.complaints}".rstrip())
    output = pathlib.Path(arguments.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(data)
    recorded = file_format.decode(data, str(output), partial=done.status is None)
    elf_match.check(recorded, firmware, arguments.elf)
    print(sentence(recorded))
    print(next_step(recorded, arguments.elf), flush=True)
    if done.status is None:
        raise RecordError(f"{arguments.elf} did not end within {arguments.timeout_seconds:g} s and was stopped")
    return done.status


def sentence(recorded):
    """What a recording holds, in a line."""
    after = history.follow(recorded)
    calls = sum(operation.kind <= file_format.REALLOC for operation in recorded.operations)
    text = (f"{recorded.name}: {calls:,} operations, {after.failures:,} failures, {after.peak_live_bytes:,} bytes live at the "
            f"peak, {after.live_bytes:,} at the end; {recorded.file_bytes / max(calls, 1):.1f} bytes an operation")
    if not recorded.is_whole:
        text += f"; {recorded.first + recorded.gaps:,} operations are missing"
    return text


def next_step(recorded, elf):
    """What to ask of it: who holds the memory, or, where a request failed though there was enough, who splits it."""
    words = f"RECORDING={shlex.quote(recorded.name)} ELF={shlex.quote(str(elf))}"
    if recorded.is_whole and history.follow(recorded).failures:
        pinned = pins.Pinned(recorded)
        if pinned.failed.bytes <= sum(pinned.pieces):
            return f"why a request failed with enough memory free: make pins {words}"
    return f"who holds the memory: make leaks {words}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", required=True, help="a folder of board/")
    parser.add_argument("--output", required=True, help="the file to write")
    parser.add_argument("--input", help="a file for the program's word input=")
    parser.add_argument("--timeout-seconds", type=float, default=TIMEOUT_SECONDS)
    parser.add_argument("elf")
    parser.add_argument("words", nargs="*", help="the program's command line, e.g. key=value")
    sys.exit(record(parser.parse_args()))


if __name__ == "__main__":
    try:
        main()
    except (RecordError, boards.BoardError, file_format.RecordingError) as failure:
        sys.exit(f"record.py: {failure}")
