# SPDX-License-Identifier: MIT
"""The exclusions in the sources: gcovr's markers, each with its reason.

    GCOVR_EXCL_LINE: REASON     GCOVR_EXCL_BR_LINE: REASON
    GCOVR_EXCL_START: REASON .. GCOVR_EXCL_STOP          (the same with _BR_)

The reason stands behind the colon, in the same comment, which may go on in the next lines.
"""

import os
import re

MARKER = re.compile(r"\b(?:GCOVR?|LCOV)_EXCL_(?P<what>(?:BR_)?(?:LINE|START|STOP))\b(?P<rest>.*)")
REASON_LETTERS_MIN = 12


class Exclusion:
    """One marker: path, line, what it leaves out, and why."""

    def __init__(self, path, line, what, reason):
        self.path = path
        self.line = line
        self.what = what
        self.reason = reason


def reason_of(rest):
    """The reason behind a marker, '' iff there is none."""
    if not rest.startswith(":"):
        return ""
    text = rest[1:].replace("*/", " ").strip()
    return text if len(re.findall(r"[A-Za-z]", text)) >= REASON_LETTERS_MIN else ""


def of_text(path, text):
    """(exclusions, sentences about wrong markers) of a source's text."""
    exclusions, wrong, open_lines = [], [], {}
    for number, line in enumerate(text.splitlines(), 1):
        match = MARKER.search(line)
        if not match:
            continue
        what = match["what"]
        kind = "branches" if what.startswith("BR_") else "lines"
        if what.endswith("STOP"):
            if open_lines.pop(kind, None) is None:
                wrong.append(f"{path}:{number}: ends an exclusion that did not start")
            continue
        reason = reason_of(match["rest"])
        if not reason:
            wrong.append(f"{path}:{number}: an exclusion without a reason; write `{what}: why`")
        if what.endswith("START"):
            if kind in open_lines:
                wrong.append(f"{path}:{number}: starts within the exclusion of line {open_lines[kind]}")
            open_lines[kind] = number
        exclusions.append(Exclusion(path, number, what, reason))
    wrong += [f"{path}:{line}: an exclusion that does not end" for line in open_lines.values()]
    return exclusions, wrong


def left_out(text):
    """(lines that the markers leave out, lines whose branches they leave out) of a source's text."""
    out = {"": set(), "BR_": set()}
    starts = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = MARKER.search(line)
        if not match:
            continue
        kind = "BR_" if match["what"].startswith("BR_") else ""
        if match["what"].endswith("START"):
            starts[kind] = number
        first = starts.pop(kind, number) if match["what"].endswith("STOP") else number
        out[kind].update(range(first, number + 1))
    return out[""], out["BR_"]


def of_sources(repository, folders=("pools", "port")):
    """All (exclusions, sentences) of the sources below the folders."""
    exclusions, wrong = [], []
    for folder in folders:
        for where, _, names in sorted(os.walk(os.path.join(repository, folder))):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".S")):
                    path = os.path.join(where, name)
                    with open(path, encoding="utf-8") as file:
                        found, problems = of_text(os.path.relpath(path, repository), file.read())
                    exclusions += found
                    wrong += problems
    return exclusions, wrong
