# SPDX-License-Identifier: MIT
"""The results as a file of tab-separated values: a line for each allocator and trace."""

from figures import ALL, GROUPS

COLUMNS = ("allocator", "trace", "operations", "peak_live_bytes", "region_bytes", "arena_bytes",
           "static_bytes", "code_bytes", "ram_over_peak", "speed_region_bytes",
           "speed_arena_bytes")
COST_COLUMNS = ("calls", "mean", "median", "worst")


def header():
    return [*COLUMNS, *(f"{group}_{column}" for group in (*GROUPS, ALL) for column in COST_COLUMNS)]


def line(result):
    """The cells of a result; empty where a group has no calls."""
    cells = [result.subject, result.trace, result.operations, result.peak_live_bytes,
             result.region_bytes, result.arena_bytes, result.static_bytes, result.code_bytes,
             f"{result.ram_over_peak:.4f}", result.speed_region_bytes, result.speed_arena_bytes]
    for group in (*GROUPS, ALL):
        cost = result.costs.get(group)
        cells += [cost.calls, f"{cost.mean:.3f}", cost.median, cost.worst] if cost else [""] * 4
    return cells


def write(path, results):
    rows = [header(), *(line(result) for result in results)]
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), "utf-8")


def read(path):
    """Returns a dict of texts for each line."""
    names, *rows = [row.split("\t") for row in path.read_text("utf-8").splitlines()]
    return [dict(zip(names, row)) for row in rows]
