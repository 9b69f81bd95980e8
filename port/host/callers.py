#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Copies what obmalloc_boot_print() or obmalloc_blackbox_print() printed from standard input, with the
callers' names from the ELF file.

Lines that name no caller pass as they are, so that a whole console log will do.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# A row of the ledger, or what ends with "from" and an address.
ROW = re.compile(r"^(?:  0x(?P<ledger>[0-9a-f]{8}) +\d+ +\d+  .*|.* from 0x(?P<blackbox>[0-9a-f]{8}))$")


class CallersError(Exception):
    """Says in one sentence why there are no names."""


def names(elf, addresses, tool="arm-none-eabi-addr2line"):
    """Returns {address: the function that it returns to, and where}."""
    # A return address is odd, and may be that of the next function: step back into the call. An even one
    # is where a fault was.
    calls = [f"{address - 3 if address % 2 else address:x}" for address in addresses]
    try:
        done = subprocess.run([tool, "-f", "-C", "-s", "-e", str(elf), *calls], check=False,
                              capture_output=True, text=True, errors="replace")
    except FileNotFoundError:
        raise CallersError(f"{tool} is not installed") from None
    if done.returncode != 0:
        reasons = done.stderr.strip().splitlines()
        raise CallersError(reasons[0] if reasons else f"{tool} ended with status {done.returncode} on {elf}")
    lines = done.stdout.splitlines()
    if len(lines) != 2 * len(addresses):
        raise CallersError(f"{tool} printed {len(lines)} lines for {len(addresses)} addresses of {elf}")
    found = {}
    for address, function, place in zip(addresses, lines[::2], lines[1::2]):
        place = place.split(" ")[0]
        found[address] = function if place.startswith("??") else f"{function} ({place})"
    return found


def with_names(elf, text, tool="arm-none-eabi-addr2line"):
    """Returns the text with a name behind each row of a ledger."""
    lines = text.splitlines()
    callers = [int(row["ledger"] or row["blackbox"], 16) if row else None
               for row in map(ROW.match, lines)]
    addresses = [caller for caller in callers if caller is not None]
    found = names(elf, addresses, tool) if addresses else {}
    return "".join(f"{line}\n" if caller is None else f"{line + ' ':<46}{found[caller]}\n"
                   for line, caller in zip(lines, callers))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addr2line", default="arm-none-eabi-addr2line", help="the tool to ask")
    parser.add_argument("elf", type=pathlib.Path, help="the image that printed it")
    arguments = parser.parse_args()
    if not arguments.elf.is_file():
        raise CallersError(f"{arguments.elf} does not exist")
    # What a serial line has damaged need not be UTF-8.
    log = sys.stdin.buffer.read().decode("utf-8", "replace")
    sys.stdout.write(with_names(arguments.elf, log, arguments.addr2line))


if __name__ == "__main__":
    try:
        main()
    except CallersError as failure:
        sys.exit(f"callers.py: {failure}")
