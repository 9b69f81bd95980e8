#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Copies what obmalloc_boot_print(), obmalloc_blackbox_print() or obmalloc_misuse_print() printed from standard
input, with the callers' names from the ELF file.

Lines that name no caller pass as they are, so that a whole console log will do.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# A row of the ledger, or what ends with "from" and an address.
ROW = re.compile(r"^(?:  0x(?P<ledger>[0-9a-f]{8}) +\d+ +\d+  .*|.* from 0x(?P<blackbox>[0-9a-f]{8}))$")
# A line of obmalloc_misuse_print() may hold several.
MISUSE = re.compile(r"\b(called|freed|allocated) from 0x([0-9a-f]{8})\b")
UNKNOWN = "??"
# So many functions that are inlined in one another are named.
INLINED_MAX = 3


class CallersError(Exception):
    """Says in one sentence why there are no names."""


def names(elf, addresses, tool="arm-none-eabi-addr2line"):
    """Returns {address: the function that it returns to, and where}, with those that it is inlined in."""
    # A return address is odd, and may be that of the next function: step back into the call. An even one
    # is where a fault was.
    calls = [f"{address - 3 if address % 2 else address:x}" for address in addresses]
    try:
        done = subprocess.run([tool, "-a", "-i", "-f", "-C", "-s", "-e", str(elf), *calls], check=False,
                              capture_output=True, text=True, errors="replace")
    except FileNotFoundError:
        raise CallersError(f"{tool} is not installed") from None
    if done.returncode != 0:
        reasons = done.stderr.strip().splitlines()
        raise CallersError(reasons[0] if reasons else f"{tool} ended with status {done.returncode} on {elf}")
    # A line with the address, then two for each function.
    answers = re.split(r"^0x[0-9a-f]{8}\n", done.stdout, flags=re.MULTILINE)[1:]
    if len(answers) != len(addresses) or any(not answer or answer.count("\n") % 2 for answer in answers):
        raise CallersError(f"{tool} printed {len(done.stdout.splitlines())} lines for {len(addresses)} addresses of {elf}")
    return {address: named(answer.splitlines()) for address, answer in zip(addresses, answers)}


def named(lines):
    """The innermost functions, of lines that hold a function and its place by turns."""
    found = []
    for function, place in list(zip(lines[::2], lines[1::2]))[:INLINED_MAX]:
        place = place.split(" ")[0]
        found.append(function if place.startswith("??") else f"{function} ({place})")
    return " in ".join(found)


def addresses_of(line):
    """The callers that a line holds."""
    row = ROW.match(line)
    told = [address for _, address in MISUSE.findall(line)] or ([row["ledger"] or row["blackbox"]] if row else [])
    return [int(address, 16) for address in told]


def with_names(elf, text, tool="arm-none-eabi-addr2line"):
    """Returns the text with a name behind each row of a ledger, and below each line of a misuse a line for each name."""
    lines = text.splitlines()
    addresses = sorted({address for line in lines for address in addresses_of(line)})
    found = names(elf, addresses, tool) if addresses else {}
    return "".join(named_line(line, found) + "\n" for line in lines)


def named_line(line, found):
    # What is "from" an address may be data, too.
    told = [(word, found[int(address, 16)]) for word, address in MISUSE.findall(line)]
    told = [(word, name) for word, name in told if name != UNKNOWN]
    if told:
        return "\n".join([line, *(f"    {word} from {name}" for word, name in told)])
    row = ROW.match(line)
    name = found[addresses_of(line)[0]] if row else UNKNOWN
    if not row or name == UNKNOWN and not row["ledger"]:
        return line
    return f"{line + ' ':<46}{name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addr2line", default="arm-none-eabi-addr2line", help="the tool to ask")
    parser.add_argument("elf", type=pathlib.Path, help="the image that printed it")
    arguments = parser.parse_args()
    # First, because what prints it may build the image, too. What a serial line has damaged need not be UTF-8.
    log = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not arguments.elf.is_file():
        raise CallersError(f"{arguments.elf} does not exist")
    sys.stdout.write(with_names(arguments.elf, log, arguments.addr2line))


if __name__ == "__main__":
    try:
        main()
    except CallersError as failure:
        sys.exit(f"callers.py: {failure}")
