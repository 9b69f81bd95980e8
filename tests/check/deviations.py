# SPDX-License-Identifier: MIT
"""The table of deviations: which findings of cppcheck and its MISRA addon are meant, where, and why.

A line is `RULE WHERE REASON`: RULE a MISRA C:2012 number or cppcheck's name of a check, WHERE patterns of file names,
parted by commas. A line that no finding needs is an error: what has been put right leaves the table.
"""

import fnmatch


class Deviation:
    """A line of the table."""

    def __init__(self, rule, where, reason, place):
        self.rule = rule
        self.patterns = where.split(",")
        self.reason = reason
        self.place = place
        self.uses = 0

    def covers(self, finding):
        return finding.rule == self.rule and any(
            fnmatch.fnmatch(finding.path, pattern) for pattern in self.patterns)


class BadTable(Exception):
    """A line that is none; says where."""


def read(path, shown_path):
    """The table's lines."""
    table = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split(None, 2)
            if not words or words[0].startswith("#"):
                continue
            if len(words) < 3 or len(words[2].split()) < 3:
                raise BadTable(f"{shown_path}:{number}: a deviation is RULE WHERE REASON, the reason in words")
            table.append(Deviation(words[0], words[1], words[2].strip(), f"{shown_path}:{number}"))
    return table


def without_deviations(findings, table):
    """The findings that no line covers; each line that covers one has its uses counted."""
    left = []
    for finding in findings:
        covering = [deviation for deviation in table if deviation.covers(finding)]
        for deviation in covering:
            deviation.uses += 1
        if not covering:
            left.append(finding)
    return left


def unused(table, rules_looked_for):
    """The lines that no finding needed, among the rules that were looked for."""
    return [deviation for deviation in table if deviation.uses == 0 and rules_looked_for(deviation)]
