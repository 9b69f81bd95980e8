#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures whether it pays to set pools/geometry.h for a program: with all of the region as the arena, on all
traces, tuned on first halves and judged on second halves.

Builds an image for each set of numbers. Prints a line for each set, and one for the choice trace by trace.
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("bench", "replay")]

import measure  # finds the traces' modules for the others
import outputs
import search
import subject
import tables
from figures import geomean
from halves import halves
from progress import Progress
from trial import BenchError
from tuner import Tuner

# What differs from the default in each set: one number at a time.
SETS = (
    {},
    {"POOLS_PLENTY_CHUNK_PARTS": 6},
    {"POOLS_PLENTY_CHUNK_PARTS": 13},
    {"POOLS_CARVE_SHIFT": 24},
    {"POOLS_END_CUT_BYTES": 900},
    {"POOLS_END_CUT_BYTES": 16777216},
    {"POOLS_DRAIN_LOOKS": 6},
    {"POOLS_BIN_TRIES": 8},
)


def label(values):
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "default"


def build(folder, board, libc, values):
    """Returns the subjects of an image with these numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    header = folder / "geometry.h"
    header.write_text(outputs.geometry_header(
        {**outputs.default_geometry(REPOSITORY), **values}, label(values)), "utf-8")
    done = subprocess.run(["make", "--no-print-directory", "tune-images", f"BUILD={folder}",
                           f"BOARD={board}", f"LIBC={libc}", f"GEOMETRY={header}",
                           "OPT=-O2 -DPOOLS_IN_C"], cwd=REPOSITORY,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"no image with {label(values)}: {done.stderr.strip()}")
    return subject.subjects(folder, board, libc)


def measured(tuner, name, trace):
    """Over peak: (first half, second half); None iff the board is too small."""
    ratios = []
    try:
        for half in halves(trace):
            shape = tuner.whole_shape(name, half)
            static_bytes = tuner.subject_whole.footprint()[0]
            ratios.append((shape.region_bytes + static_bytes) / half.peak_live_bytes)
    except search.NoSize:
        return None
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--board", default="mps2-an386")
    parser.add_argument("--libc", default="nano")
    parser.add_argument("--traces", nargs="*", help="names; default: all of tests/traces")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    traces = [measure.load_trace(name) for name in arguments.traces or measure.known_traces()]
    progress = Progress(len(SETS) * len(traces))
    ratios = []
    for number, values in enumerate(SETS):
        known = build((arguments.build / f"geometry-{number}").resolve(), arguments.board,
                      arguments.libc, values)
        tuner = Tuner(arguments.board, known["ours"], known["ours-fixed"])

        def one(pair):
            found = measured(tuner, *pair)
            progress.step(f"{label(values)}: {pair[0]}")
            return found
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            ratios.append(list(pool.map(one, traces)))
    progress.end()
    by_trace = [column for column in zip(*ratios) if None not in column]
    chosen = [min(column, key=lambda pair: pair[0]) for column in by_trace]
    rows = [["RAM over peak", "first halves", "second halves"]]
    for name, pairs in [*((label(values), column) for values, column in zip(SETS, zip(*by_trace))),
                        ("the best one on each first half", chosen)]:
        rows.append([name, *(f"{geomean(pair[half] for pair in pairs):.4f}" for half in (0, 1))])
    tables.print_columns(rows)


if __name__ == "__main__":
    try:
        main()
    except (BenchError, measure.ReplayError, OSError) as failure:
        sys.exit(f"geometry: {failure}")
