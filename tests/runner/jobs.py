# SPDX-License-Identifier: MIT
"""Which test programs there are, and how each is run.

A target or unit test may say in a comment line of its own how it wants to be run:
    // test-libcs: nano            newlib, nano, picolibc          (target tests: all)
    // test-flags: 1               values of use_main_obmalloc     (target tests: 1 0)
    // test-words: key=value ...   further words of the command line
    // test-icount: N              QEMU's -icount shift=N: 2^N ns an instruction, exactly
    // test-link: WORDS            further words of the link line, for make
A test of tests/lock is run in each build that tests/lock/lock.mk names for a board, `lock_builds_BOARD`; or in
those of some policies or tiers:
    // test-locks: primask         policies of port/lock.h
    // test-tiers: basic full      tiers of port/PROMISES.md (default: basic)
A test of tests/see is run in the watched builds that tests/see/see.mk names for a board, `see_builds_BOARD`.
A Python test is run once for each board with `# test-per-board` in a line of its own, or for some with
`# test-boards: NAMES`; it finds the board's name in $BOARD. Otherwise it is run once, when all boards
are tested. The build directory is in $BUILD either way.
ONLY=conformance runs tests/conformance, and Python tests with `# test-group: conformance`.
"""

import fnmatch
import os
import re
import subprocess
import sys

import boards
from runner import verdict

TESTS = os.path.join(boards.REPOSITORY, "tests")
LIBCS = ("newlib", "nano", "picolibc")
# Its CPU guards the stack's end, which is one of the ways to fail.
SELF_BOARD = "mps2-an505"


def sources(folder, prefix, suffix):
    """The names, without suffix, of the tests in a folder of tests/."""
    path = os.path.join(TESTS, folder)
    found = os.listdir(path) if os.path.isdir(path) else []
    return sorted(
        name[: -len(suffix)]
        for name in found
        if name.startswith(prefix) and name.endswith(suffix)
    )


def wishes(folder, name):
    """The `// test-KEY: WORDS` lines of a source: {KEY: [WORDS]}."""
    path = os.path.join(TESTS, folder, f"{name}.c")
    with open(path, encoding="utf-8") as file:
        lines = re.findall(r"^// test-([a-z]+): (.*)$", file.read(), re.MULTILINE)
    return {key: words.split() for key, words in lines}


def lock_builds(board_name):
    """The builds of tests/lock for a board: [(libc, policy, tier)]."""
    path = os.path.join(TESTS, "lock", "lock.mk")
    with open(path, encoding="utf-8") as file:
        line = re.search(rf"^lock_builds_{re.escape(board_name)} := (.*)$", file.read(), re.MULTILINE)
    return [tuple([*word.split("-"), "basic"][:3]) for word in line.group(1).split()] if line else []


def encoded_links_tests():
    """The unit tests that run on the PC with encoded links, too."""
    path = os.path.join(TESTS, "misuse", "misuse.mk")
    with open(path, encoding="utf-8") as file:
        return re.search(r"^misuse_host_tests := (.*)$", file.read(), re.MULTILINE).group(1).split()


class Job:
    """One run of one program. `place` is the row of the table that it counts in; `group` names several at once."""

    group = None

    def __init__(self, place, name, variant, command=None, environment=None, skip_reason=None):
        self.place = place
        self.name = name
        self.variant = variant
        self.command = command
        self.environment = environment or {}
        self.skip_reason = skip_reason

    def matches(self, pattern):
        """Returns true iff its name, without suffix, matches like a file's, or its group has that name."""
        return fnmatch.fnmatch(os.path.splitext(self.name)[0], pattern) or self.group == pattern

    def run(self, timeout_seconds):
        if self.skip_reason is not None:
            return verdict.skipped(self.skip_reason)
        try:
            done = subprocess.run(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                timeout=timeout_seconds,
                check=False,
            )
        except OSError as error:
            return verdict.judge(1, f"{error}\n", timeout_seconds)
        except subprocess.TimeoutExpired as expired:
            output = (expired.stdout or b"").decode("utf-8", "replace")
            return verdict.judge(None, output, timeout_seconds)
        output = done.stdout.decode("utf-8", "replace")
        return verdict.judge(done.returncode, output, timeout_seconds)


def image_job(build, board, libc, name, words, options=(), lock="none", tier="basic"):
    """A run of a board's image; skipped iff its board.mk says so."""
    flags = [word.split("=")[1] for word in words if word.startswith("use_main_obmalloc=")]
    policy = ([] if lock == "none" else [lock]) + ([] if tier == "basic" else [tier])
    variant = " ".join([libc, *policy, *(f"flag={flag}" for flag in flags)])
    skips = board.skips()
    reason = skips.get((name, None)) or skips.get((name, libc))
    image = boards.image_path(board.name, libc, name, build, lock, tier)
    command = boards.qemu_command(board.name, image, words, options)
    return Job(board.name, name, variant, command, skip_reason=reason)


def board_jobs(build, board):
    """The target tests in their variants, the unit tests and CPython's cases."""
    for name in sources("target", "", ".c"):
        wish = wishes("target", name)
        options = ["-icount", f"shift={wish['icount'][0]}"] if "icount" in wish else []
        for libc in wish.get("libcs", LIBCS):
            for flag in wish.get("flags", ("1", "0")):
                words = [f"use_main_obmalloc={flag}", *wish.get("words", ())]
                yield image_job(build, board, libc, name, words, options)
    for name in sources("unit", "test_", ".c"):
        yield image_job(build, board, "nano", name, [])
    for name in sources("conformance", "", ".c"):
        for flag in ("1", "0"):
            job = image_job(build, board, "nano", name, [f"use_main_obmalloc={flag}"])
            job.group = "conformance"
            yield job


def lock_jobs(build, board):
    """The tests of the lock policies, in the builds that have one."""
    for libc, lock, tier in lock_builds(board.name):
        for name in sources("lock", "test_", ".c"):
            wish = wishes("lock", name)
            options = ["-icount", f"shift={wish['icount'][0]}"] if "icount" in wish else []
            wanted = lock in wish.get("locks", (lock,)) and tier in wish.get("tiers", ("basic",))
            if wanted and libc in wish.get("libcs", (libc,)):
                for flag in wish.get("flags", ("1", "0")):
                    words = [f"use_main_obmalloc={flag}", *wish.get("words", ())]
                    yield image_job(build, board, libc, name, words, options, lock, tier)


def see_builds(board_name):
    """The watched builds of tests/see for a board: ([libc], the folder's suffix)."""
    with open(os.path.join(TESTS, "see", "see.mk"), encoding="utf-8") as file:
        text = file.read()
    libcs = re.search(rf"^see_builds_{re.escape(board_name)} := (.*)$", text, re.MULTILINE)
    watchers = re.search(r"^see_watchers := (.*)$", text, re.MULTILINE).group(1).split()
    return libcs.group(1).split() if libcs else [], "-".join(sorted(watchers))


def see_jobs(build, board):
    """The tests of what sees the heap."""
    libcs, watchers = see_builds(board.name)
    for name in sources("see", "test_", ".c"):
        wish = wishes("see", name)
        options = ["-icount", f"shift={wish['icount'][0]}"] if "icount" in wish else []
        for libc in wish.get("libcs", libcs):
            for flag in wish.get("flags", ("1", "0")):
                if libc in libcs:
                    words = [f"use_main_obmalloc={flag}", *wish.get("words", ())]
                    yield image_job(build, board, libc, name, words, options, watchers)


def self_jobs(build):
    """The programs that fail on purpose."""
    board = boards.Board(SELF_BOARD)
    for name in sources("harness/self", "", ".c"):
        yield image_job(build, board, "nano", name, [])
    yield host_job(build, "fails", "harness/self")


def host_job(build, name, folder="unit"):
    """A run of a test program on the PC."""
    path = os.path.join(boards.REPOSITORY, build, "host", "tests", folder, name)
    # A leak is found by the pools' own sums: their region is no heap of the PC's.
    environment = {"UBSAN_OPTIONS": "print_stacktrace=1", "CMOCKA_MESSAGE_OUTPUT": "SUBUNIT"}
    return Job("PC", name, "ASan UBSan", [path], environment)


def python_job(build, name, board=None):
    """A run of a Python test."""
    environment = {"BUILD": os.path.join(boards.REPOSITORY, build)}
    if board:
        environment["BOARD"] = board
    cases = os.path.join(TESTS, "harness", "python_cases.py")
    path = os.path.join(TESTS, "host", f"{name}.py")
    job = Job(board or "PC", f"{name}.py", "python", [sys.executable, cases, path], environment)
    job.group = (python_wish(name, "group") or [None])[0]
    return job


def python_wish(name, key):
    """The words of a Python test's line `# test-KEY: WORDS`; None where it has none."""
    path = os.path.join(TESTS, "host", f"{name}.py")
    with open(path, encoding="utf-8") as file:
        wish = re.search(rf"^# test-{key}(?:: (.*))?$", file.read(), re.MULTILINE)
    return (wish.group(1) or "").split() if wish else None


def boards_of(name):
    """The boards for each of which the Python test wants a run; None = it is not about a board."""
    if python_wish(name, "per-board") is not None:
        return boards.names()
    return python_wish(name, "boards")


def all_jobs(build, board_names, with_host):
    """Everything, the PC's first, the longest of it first."""
    python_names = sources("host", "test_", ".py")
    if with_host:
        for name in python_names:
            if boards_of(name) is None:
                yield python_job(build, name)
        for name in sources("unit", "test_", ".c"):
            yield host_job(build, name)
        for name in encoded_links_tests():
            yield host_job(build, name, "misuse/links")
    for board_name in board_names:
        for name in python_names:
            if board_name in (boards_of(name) or ()):
                yield python_job(build, name, board_name)
        yield from board_jobs(build, boards.Board(board_name))
        yield from lock_jobs(build, boards.Board(board_name))
        yield from see_jobs(build, boards.Board(board_name))
