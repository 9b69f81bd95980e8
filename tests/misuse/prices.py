#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What each tier costs: instructions a call and RAM on a trace, code and static RAM in a minimal image.

Held to prices.tsv; with --refresh that table becomes what was measured. Exits with 1 iff something is dearer than the
table says.
"""

import argparse
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "replay"), str(REPOSITORY / "tests" / "bench")]

import map_file
import measure
import promises
import trace_binary

BOARD, TRACE = "mps2-an386", "busybox_ash"
TABLE = pathlib.Path(__file__).resolve().parent / "prices.tsv"
# Room for the trace in every tier; the whole of it is the arena.
REGION_BYTES = 96 * 1024
ROWS = ("malloc, mean", "malloc, median", "free, mean", "free, median", "realloc, mean", "arena used, bytes",
        "code, bytes", "static RAM, bytes")
NAME_WIDTH, CELL_WIDTH = 20, 10


def folder(build, tier):
    return pathlib.Path(build) / f"{BOARD}-nano{'' if tier == 'basic' else f'-tier_{tier}'}"


def sizes(build, tier):
    """Code and static RAM of ours in an image that calls the allocator and does nothing else."""
    private = {pathlib.Path(name).name for name in
               (folder(build, tier) / "obmalloc" / "private_libc" / "members").read_text("utf-8").split()}
    code, ram = 0, 0
    for name, size_bytes, place, _ in map_file.placed_sections((folder(build, tier) / "plain.map").read_text("utf-8")):
        member = place.rpartition("libobmalloc.a(")[2].rstrip(")")
        if "libobmalloc.a(" not in place or member in private:
            continue
        code += size_bytes if name.startswith(map_file.CODE_SECTIONS) else 0
        ram += size_bytes if name.startswith(map_file.RAM_SECTIONS) else 0
    return code, ram


def price(build, tier, data, trace):
    """{row: value} of a tier."""
    report = measure.replay(BOARD, folder(build, tier) / "replay.elf", data, 1,
                            [f"region_bytes={REGION_BYTES}", "arena_bytes=0"])
    if not report["sound"] or report["failures"]:
        raise measure.ReplayError(f"{tier}: {measure.mismatch_sentence(report)}")
    figures = measure.kind_figures(report, trace)
    code, ram = sizes(build, tier)
    found = {"arena used, bytes": report["arena_high_water_bytes"], "code, bytes": code, "static RAM, bytes": ram}
    for kind in ("malloc", "free", "realloc"):
        found[f"{kind}, mean"] = round(figures[f"{kind}_instructions"] / figures[f"{kind}_calls"], 1)
        found[f"{kind}, median"] = figures[f"{kind}_median"]
    return {row: found[row] for row in ROWS}


def prices(build):
    """{tier: {row: value}}."""
    _, trace = measure.load_trace(TRACE)
    data = trace_binary.encode(trace)
    return {tier: price(build, tier, data, trace) for tier in promises.TIERS}


def budgets():
    """The table: {tier: {row: value}}."""
    lines = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {tier: {line[0]: float(line[1 + i]) for line in lines[1:]} for i, tier in enumerate(promises.TIERS)}


def over(found):
    """Sentences, one for each value above the table's."""
    return [f"{tier}: {row} is {found[tier][row]:g}, the table says {limit:g}" for tier, limits in budgets().items()
            for row, limit in limits.items() if found[tier][row] > limit]


def text(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def write_table(found):
    lines = ["# SPDX-License-Identifier: MIT", "# What each tier may cost (prices.py --refresh writes what it measures).",
             "\t".join(["price", *promises.TIERS])]
    lines += ["\t".join([row, *(str(found[tier][row]) for tier in promises.TIERS)]) for row in ROWS]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--refresh", action="store_true", help="write what is measured to the table")
    arguments = parser.parse_args()
    try:
        found = prices(arguments.build)
    except measure.ReplayError as error:
        sys.exit(f"prices.py: {error}")
    if arguments.refresh:
        write_table(found)
    print(f"{TRACE} on {BOARD} with newlib-nano, the whole region as arena; instructions a call")
    print(f"{'':<{NAME_WIDTH}}" + "".join(f"{tier:>{CELL_WIDTH}}" for tier in promises.TIERS))
    for row in ROWS:
        print(f"{row:<{NAME_WIDTH}}" + "".join(f"{text(found[tier][row]):>{CELL_WIDTH}}" for tier in promises.TIERS))
    broken = over(found)
    for sentence in broken:
        print(f"dearer: {sentence}", file=sys.stderr)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
