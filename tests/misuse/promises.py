# SPDX-License-Identifier: MIT
"""What is promised to whom: promises.tsv, as data, and as the table of port/PROMISES.md."""

import csv
import pathlib
from typing import NamedTuple

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).resolve().parent / "promises.tsv"
PAGE = REPOSITORY / "port" / "PROMISES.md"
TIERS = ("none", "basic", "full", "paranoid", "trap")
KIND_WORDS = {"double_free": "named", "not_a_block": "named", "foreign": "named", "misaligned": "named",
              "other_heap": "named", "overrun": "named", "underrun": "named", "after_free": "named"}


class Promise(NamedTuple):
    """`kind` of the report, None = no report; `word`: as outcome.py's; `says_who`: who freed it before."""
    word: str
    kind: str | None = None
    says_who: bool = False


class Row(NamedTuple):
    case: str
    words: str
    promises: dict  # {tier: Promise, None = nothing}


def parse(cell):
    if cell == "-":
        return None
    if cell in ("pattern", "trapped"):
        return Promise(cell)
    kind, _, by = cell.partition(" ")
    if kind not in KIND_WORDS or by not in ("", "by"):
        raise ValueError(f"{TABLE.name}: '{cell}' is no promise")
    return Promise("named", kind, by == "by")


def rows():
    """All misuses, in the table's order."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return [Row(line["misuse"], line["words"], {tier: parse(line[tier]) for tier in TIERS})
            for line in csv.DictReader(lines, delimiter="\t")]


def cell_text(promise):
    if promise is None:
        return ""
    if promise.kind is None:
        return {"pattern": "pattern", "trapped": "fault"}[promise.word]
    return "named, by whom" if promise.says_who else "named"


def markdown():
    """The table of the page."""
    lines = [f"| misuse | {' | '.join(TIERS)} |", f"|---|{'---|' * len(TIERS)}"]
    lines += [f"| {row.words} | {' | '.join(cell_text(row.promises[tier]) for tier in TIERS)} |" for row in rows()]
    return "\n".join(lines) + "\n"


def broken(row, tier, outcome):
    """Says why the outcome does not keep the promise; None = it does, or nothing is promised."""
    promise = row.promises[tier]
    if promise is None:
        return None
    if outcome.word != promise.word:
        return f"{outcome.word} rather than {promise.word}"
    if promise.kind is None:
        return None
    if outcome.kinds[0] != promise.kind:
        return f"named {outcome.kinds[0]} rather than {promise.kind}"
    first = outcome.details[0]
    if promise.says_who and first["freed_by"] not in ("give", "resize"):
        return f"who freed it before is {first['freed_by']}"
    if first["caller"] not in ("give", "take", "resize") and promise.kind not in ("other_heap",):
        return f"the caller is {first['caller']}"
    if outcome.contents != "held":
        return f"named, but contents are {outcome.contents}"
    return None
