# SPDX-License-Identifier: MIT
"""Runs a program of tests/oom again and again, another request failing each time, and reads what came of it.

again.h says what a program leaves of each run. All runs of a sweep are one run of QEMU, but for those after a hang.
"""

import os
import re
import selectors
import signal
import subprocess
import sys
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards

MODES = ("once", "all", "full")
RECORD = re.compile(r"^@@ (at=.*)$")
SILENCE_SECONDS = 60
SAMPLE_MULTIPLIER, SAMPLE_SHIFT = 2654435761, 16


class SweepError(Exception):
    """A sentence that says why there is no result."""


class Record(dict):
    """One run as again.h prints it; `hung` iff it had no end, and nothing else is known then."""

    def __init__(self, at, hung=False, **values):
        super().__init__(values)
        self.at = at
        self.hung = hung


def parse(line):
    """The Record of a line, None of any other line."""
    match = RECORD.match(line)
    if not match:
        return None
    values = {key: int(value) for key, value in (word.split("=") for word in match.group(1).split())}
    return Record(values.pop("at"), **values)


def lines_of(process, silence_seconds):
    """Yields the process's lines; ends when it ends, or is silent for too long."""
    selector = selectors.DefaultSelector()
    selector.register(process.stdout, selectors.EVENT_READ)
    rest = b""
    while selector.select(silence_seconds):
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")


def following(at, every, step):
    """The n of the run behind run `at`, as again.c has it: each up to `every`, behind it one of `step` on the average."""
    if at < every:
        return at + 1
    number = (at * SAMPLE_MULTIPLIER & 0xFFFFFFFF) >> SAMPLE_SHIFT
    return at + 1 + number % (2 * step - 1)


class Plan:
    """Which n are run: first..last, of those behind `every` one of `step` on the average."""

    def __init__(self, first, last, every=None, step=1):
        self.first, self.last, self.step = first, last, step
        self.every = last if every is None else every

    def after(self, at):
        return following(at, self.every, self.step)

    def words(self, first):
        words = [f"fail_at={first}", f"fail_until={self.last}"]
        return words if self.step == 1 else [*words, f"fail_every={self.every}", f"fail_step={self.step}"]


def records(board, image, words, plan, options=(), silence_seconds=SILENCE_SECONDS):
    """Yields the Records of a plan's runs; the usual run's, at 0, comes first."""
    if not os.path.isfile(image):
        raise SweepError(f"{image} does not exist; `make` builds it")
    first, is_first = plan.first, True
    while is_first or first <= plan.last:
        command = boards.qemu_command(board, image, [*words, *plan.words(first)], options)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        expected = 0
        try:
            for line in lines_of(process, silence_seconds):
                record = parse(line)
                if not record:
                    continue
                if record.at != expected:
                    raise SweepError(f"{image} ran {record.at} where {expected} was next")
                if record.at or is_first:
                    yield record
                expected = plan.after(record.at) if record.at else first
        finally:
            hung = process.poll() is None and expected <= plan.last
            process.kill()
            process.wait()
            process.stdout.close()
        if expected == 0:
            raise SweepError(f"{image} does not come to its end even where nothing fails")
        if expected <= plan.last:
            yield Record(expected, hung=True)
            first, is_first = plan.after(expected), False
        else:
            return


class Sweep:
    """A program in a mode, run for each n or a sample of them; `judge` says of a Record and the usual one what is
    wrong, None if nothing. `every` and `step` are Plan's."""

    def __init__(self, board, image, words, mode, judge, name, options=(), every=None, step=1):
        self.board, self.image, self.mode, self.judge, self.name = board, image, mode, judge, name
        self.words = [*words, f"fail={mode}"]
        self.options, self.every, self.step = list(options), every, step
        self.total = None  # requests, once it has run

    def usual(self):
        """The run in which nothing fails."""
        return next(records(self.board, self.image, self.words, Plan(1, 0), self.options))

    def request_count(self):
        """How many requests the program makes where nothing fails."""
        usual = self.usual()
        return usual["of_firmware"] + usual["of_libc"]

    def run(self, first=1, last=None, progress=lambda count: None):
        """Returns (runs, [(n, complaint)]); n is 0 where the run in which nothing fails is not as it has to be."""
        self.total = self.request_count()
        last = self.total if last is None else last
        plan = Plan(first, last, self.every, self.step)
        tried, lost, usual = 0, [], None
        for record in records(self.board, self.image, self.words, plan, self.options):
            if record.at == 0:
                usual = record
            else:
                tried += 1
                progress(tried)
            complaint = "hung" if record.hung else self.judge(record, usual)
            if complaint:
                lost.append((record.at, complaint))
        return tried, lost

    def repeat_words(self, at):
        """The command line that shows the run `at` alone."""
        return " ".join([*self.words, f"fail_at={at}", f"fail_until={at}", "show=1"])


class Progress:
    """A line on a terminal's standard error that says how far the runs are."""

    def __init__(self, title):
        self.title = title
        self.shown = time.monotonic()
        self.watched = sys.stderr.isatty()

    def __call__(self, count):
        if self.watched and time.monotonic() - self.shown > 0.3:
            self.shown = time.monotonic()
            print(f"\r\033[K{self.title}: run {count}", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.watched:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def unsound(record):
    """What no program may leave behind, whatever it does."""
    if not record["sound"]:
        return "the arena's walk finds damage"
    if record["misuses"]:
        return f"{record['misuses']} wrong free() or realloc()"
    if not record["sums"]:
        return "the allocator does not count the live blocks that there are"
    return None


def judge_program(record, usual, usual_statuses=(0, 1)):
    """For a program that tells the end of memory, or does what it always does; and frees all that it took."""
    if record.at == 0:
        is_usual = usual["status"] in usual_statuses
        return None if is_usual else f"ends with status {usual['status']} where nothing fails"
    if record["hits"] == 0:
        return "no request failed"
    if record["status"] not in (*usual_statuses, 1):
        return f"ended with status {record['status']}"
    if not record["said"] and not (record["same"] and record["status"] == usual["status"]):
        return "neither did what it does nor told why"
    # Where a runtime keeps a block for its end, the first request, it has none if that failed.
    if record["live"] > record["usual"] and not record["stopped"]:
        return f"{record['live']} blocks left, {record['usual']} usually"
    return unsound(record)


def judge_fatal(record, usual):
    """For a program that ends by abort(): it comes as far, or tells the end of memory."""
    return judge_program(record, usual, (128 + signal.SIGABRT,))


def judge_cases(record, usual):
    """For an image of cases (cases.h): each may fail by its own assertion, once a request was refused."""
    if record.at and record["hits"] == 0:
        return "no request failed"
    if not record["ended"]:
        return f"case {record['cases']} ended with status {record['status']}"
    if record["cases"] != usual["cases"]:
        return f"ran {record['cases']} cases, {usual['cases']} usually"
    if record["status"] != 0:
        return f"ended with status {record['status']} behind its cases"
    for word, complaint in (("unsound", "the walk finds damage"),
                            ("unasked", "failed though nothing was refused"),
                            ("misused", "more wrong free() or realloc() than usually"),
                            ("left", "passed, and left a block that it does not leave usually"),
                            ("uncounted", "the allocator does not count the live blocks that there are")):
        if record[word]:
            return f"case {record[word]}: {complaint}"
    return None if record["sound"] else "the arena's walk finds damage at the end"
