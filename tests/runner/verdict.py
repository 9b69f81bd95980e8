# SPDX-License-Identifier: MIT
"""Reads what a test program printed, and decides.

The lines, from a board, from the PC and from Python alike:
    ok NAME | FAIL NAME PLACE: TEXT | skip NAME: REASON | done
Anything else is the program's own. A program that does not come to `done`, ends with another status
than 0, or shows no case at all has failed, whatever it printed.
"""

import re

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
LINES = (
    (re.compile(r"^ok (\S+)$"), PASSED),
    (re.compile(r"^FAIL (\S+) (.*)$"), FAILED),
    (re.compile(r"^skip (\S+): (.*)$"), SKIPPED),
)


class Case:
    """One case: `name`, `state` and, for a failure or a skip, `text`."""

    def __init__(self, name, state, text=""):
        self.name = name
        self.state = state
        self.text = text


class Verdict:
    """All that one program showed: its `cases` and its whole `output`."""

    def __init__(self, cases, output):
        self.cases = cases
        self.output = output

    def count(self, state):
        return sum(case.state == state for case in self.cases)


def judge(status, output, timeout_seconds):
    """status: the program's exit status, negative for a signal, None for a timeout."""
    cases = []
    done = False
    for line in output.splitlines():
        done = done or line == "done"
        for pattern, state in LINES:
            match = pattern.match(line)
            if match:
                cases.append(Case(match.group(1), state, "".join(match.groups()[1:])))
    problem = None
    fault = re.search(r"^FAULT (.*)$", output, re.MULTILINE)
    if status is None:
        problem = f"no end within {timeout_seconds:g} s"
    elif fault:
        problem = f"fault: {fault.group(1)}"
    elif not done:
        problem = f"ended without `done`, status {status}"
    elif not cases:
        problem = "shows no case"
    elif status != 0 and not any(case.state == FAILED for case in cases):
        problem = f"status {status}, though no case failed"
    elif status == 0 and any(case.state == FAILED for case in cases):
        problem = "status 0, though a case failed"
    if problem:
        cases.append(Case("(program)", FAILED, problem))
    return Verdict(cases, output)


def skipped(reason):
    """The verdict on a program that is not run."""
    return Verdict([Case("(program)", SKIPPED, reason)], "")
