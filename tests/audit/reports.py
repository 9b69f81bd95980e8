# SPDX-License-Identifier: MIT
"""Calls of the audit in this process, for the tests."""

import contextlib
import io
import pathlib
import re
import sys
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "port" / "host"))

import audit

FOUND = re.compile(r"FINDING ([^:]+): (.*?)(?= FINDING |$)")


def call(*words):
    """(exit status, what is printed, what goes to stderr) of the tool."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["audit.py", *map(str, words)]), contextlib.redirect_stdout(out), \
            contextlib.redirect_stderr(err):
        try:
            audit.main()
            status = None
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def findings(text):
    """{kind: [sentences]} that a report shows."""
    kinds = {}
    for kind, sentence in FOUND.findall(one_line(" ".join(text.splitlines()[:-1]))):
        kinds.setdefault(kind, []).append(sentence)
    return kinds
