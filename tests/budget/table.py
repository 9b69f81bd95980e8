# SPDX-License-Identifier: MIT
"""Reads and rewrites the table of budgets, table.inc."""

import pathlib
import re
from typing import NamedTuple

TABLE = pathlib.Path(__file__).resolve().parent / "table.inc"
V7M, V6M = "v7-M", "v6-M"
ROW = re.compile(r'^BUDGET\((\w+),(\s+)(\d+),(\s+\d+),(\s+\d+),(\s+\d+), "(.*)"\)$')


class Row(NamedTuple):
    """One path. A target of 0 means that none is stated."""

    path: str
    target: dict  # by architecture
    budget: dict
    what: str


def rows(text=None):
    """Returns the rows by path, in the table's order."""
    found = {}
    for line in (TABLE.read_text("utf-8") if text is None else text).splitlines():
        match = ROW.match(line)
        if match:
            path, _, target_v7m, budget_v7m, target_v6m, budget_v6m, what = match.groups()
            found[path] = Row(path, {V7M: int(target_v7m), V6M: int(target_v6m)},
                              {V7M: int(budget_v7m), V6M: int(budget_v6m)},
                              what.replace('\\"', '"'))
        elif line.startswith("BUDGET("):
            raise ValueError(f"{TABLE.name}: not a row: {line}")
    return found


def with_budgets(text, measured):
    """Returns the table's text with other budgets: {(path, architecture): instructions}."""
    lines = []
    for line in text.splitlines():
        match = ROW.match(line)
        if match:
            path, space, target_v7m, budget_v7m, target_v6m, budget_v6m, what = match.groups()
            budget_v7m = measured.get((path, V7M), int(budget_v7m))
            budget_v6m = measured.get((path, V6M), int(budget_v6m))
            line = (f'BUDGET({path},{space}{target_v7m}, {budget_v7m:4},{target_v6m}, '
                    f'{budget_v6m:4}, "{what}")')
        lines.append(line)
    return "\n".join(lines) + "\n"
