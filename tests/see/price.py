#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints what each watcher costs: instructions a call, beyond those of a build without, flash and RAM.

The same trace is replayed in each build, and each call is counted. Ends with 1 iff something costs more than the
port/SEE.md says.
"""

import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "replay"))

import measure
from measure import boards, convert

KINDS = ("malloc", "free", "realloc")
TRACES = {"mps2-an386": "sqlite_mem", "microbit": "mosq_sub"}
# The most that a call takes more on average, by CPU: what port/SEE.md says.
LIMITS = {"mps2-an386": {"record": 230, "sites": 170, "statistics": 150},
          "microbit": {"record": 350, "sites": 400, "statistics": 260}}


def sizes(elf):
    """(text, data + bss) of an image."""
    text = subprocess.run(["arm-none-eabi-size", elf], capture_output=True, text=True, check=True).stdout
    numbers = re.split(r"\s+", text.splitlines()[1].strip())
    return int(numbers[0]), int(numbers[1]) + int(numbers[2])


def figures(build, board, watcher):
    """{"malloc": mean, ...} and the sizes of one build."""
    elf = boards.image_path(board, "nano", "replay", build, watcher or "none")
    _, trace = measure.load_trace(TRACES[board])
    report = measure.replay(board, elf, convert.trace_binary.encode(trace), 1)
    taken = measure.kind_figures(report, trace)
    means = {kind: taken[f"{kind}_instructions"] / taken[f"{kind}_calls"] for kind in KINDS}
    return means, sizes(elf)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    build = parser.parse_args().build
    print("Instructions that a call takes more, mean; bytes more")
    print(f"{'':24}{'malloc':>8}{'free':>8}{'realloc':>8}{'flash':>8}{'RAM':>8}")
    too_much = []
    for board, limits in LIMITS.items():
        base, base_sizes = figures(build, board, None)
        for watcher, limit in limits.items():
            means, size = figures(build, board, watcher)
            more = {kind: means[kind] - base[kind] for kind in KINDS}
            print(f"{board + ' ' + watcher:24}" + "".join(f"{more[kind]:8.1f}" for kind in KINDS)
                  + "".join(f"{now - before:8,}" for now, before in zip(size, base_sizes)))
            too_much += [f"{kind} under {watcher} on {board} takes {value:.1f} more, port/SEE.md says {limit}"
                         for kind, value in more.items() if kind != "realloc" and value > limit]
    if too_much:
        sys.exit("price.py: " + "; ".join(too_much))


if __name__ == "__main__":
    try:
        main()
    except measure.ReplayError as failure:
        sys.exit(f"price.py: {failure}")
