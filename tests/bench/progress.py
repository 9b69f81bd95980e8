# SPDX-License-Identifier: MIT
"""One line that follows the run, where somebody watches."""

import sys

LINE_LENGTH = 79


class Progress:
    def __init__(self, total_count):
        self.total_count = total_count
        self.done_count = 0
        self.watched = sys.stderr.isatty()

    def show(self, line):
        if self.watched:
            print(f"\r\033[K{line[:LINE_LENGTH]}", end="", file=sys.stderr, flush=True)

    def step(self, what):
        self.done_count += 1
        self.show(f"[{self.done_count}/{self.total_count}] {what}")

    def count(self, what):
        """For a run whose end is not known."""
        self.done_count += 1
        self.show(f"[{self.done_count}] {what}")

    def end(self):
        self.show("")
