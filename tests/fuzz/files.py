#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Gives damaged images, maps and traces to the tools that read them: flag.py, audit.py, image_size.py, callers.py and
convert.py.

Each must end with a result, or with one sentence on stderr and a status that is not 0; never in a traceback, and within
10 s. What flag.py writes, it must read again; what convert.py writes, too. A file that breaks this is kept under
BUILD/fuzz/broken/files, and named. tests/fuzz/corpus/files holds those that did once, and are tried first.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "tests" / "fuzz" / "corpus" / "files"
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("port/host", "tests/traces", "tests/bench", "tests/fuzz")]

import mutate
import progress

IMAGE = "mps2-an386-nano/seed_one"
TRACE = "mosq_sub"
SHORT_TRIES, LONG_TRIES = 700, 6_000
TIMEOUT_SECONDS = 10
MEMORY_BYTES = 2 << 30
LOG = """before main: 3 blocks, 700 bytes, 1 freed
  caller      blocks     bytes  from
  0x00000049       1        13  pools
  0x0000560f       1       428  C library
  others           1       259
"""


class TooLong(Exception):
    """The tool did not end."""


class Tool:
    """A program of ours in Python, called in this process. statuses: those that need no sentence."""

    def __init__(self, path, error, statuses=(0,)):
        self.name = pathlib.Path(path).name
        self.error, self.statuses = error, statuses
        spec = importlib.util.spec_from_file_location(f"tool_{self.name[:-3]}", REPOSITORY / path)
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def call(self, *words, stdin=b""):
        """(status, stdout, stderr); a traceback is status None, and in stderr."""
        out, err = io.StringIO(), io.StringIO()
        argv, sys.argv = sys.argv, [self.name, *map(str, words)]
        stdin_before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
        status = 0
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    self.module.main()
                except Exception as error:
                    if self.error is None or not isinstance(error, getattr(self.module, self.error)):
                        raise
                    raise SystemExit(f"{self.name}: {error}") from None  # as under `if __name__ == "__main__"`
        except SystemExit as end:
            status = end.code or 0
            if isinstance(status, str):
                err.write(f"{status}\n")
                status = 1
        except TooLong:
            status = None
            err.write(f"did not end within {TIMEOUT_SECONDS} s\n{traceback.format_exc()}")
        except Exception:
            status = None
            err.write(traceback.format_exc())
        finally:
            sys.argv, sys.stdin = argv, stdin_before
        return status, out.getvalue(), err.getvalue()

    def problem(self, outcome):
        """What is wrong with an outcome; None if nothing is."""
        status, _, err = outcome
        if status is None:
            return err.strip().splitlines()[-1] if "within" not in err else err.splitlines()[0]
        if status in self.statuses:
            return f"status {status}, and it complains: {err.splitlines()[0]}" if err else None
        lines = err.strip().splitlines()
        if len(lines) != 1:
            return f"status {status} with {len(lines)} lines on stderr"
        if not lines[0].startswith(f"{self.name}: "):
            return f"its sentence does not begin with its name: {lines[0]}"
        return None


FLAG = Tool("port/host/flag.py", None)
AUDIT = Tool("port/host/audit.py", None, (0, 1))
SIZE = Tool("port/host/image_size.py", None)
CALLERS = Tool("port/host/callers.py", "CallersError")
CONVERT = Tool("tests/traces/convert.py", "TraceError")


def stop(_signal, _frame):
    raise TooLong


def said(tool, *words, stdin=b""):
    """The problem of one call, and its outcome."""
    outcome = tool.call(*words, stdin=stdin)
    problem = tool.problem(outcome)
    return f"{tool.name} {' '.join(map(str, words))}: {problem}" if problem else None, outcome


def try_flag(path, _seeds, dice):
    problem, (status, out, _) = said(FLAG, path)
    if problem:
        return problem
    flag, target = dice.randrange(2), path.with_name("written")
    target.unlink(missing_ok=True)
    words = ["--repair"] if dice.random() < 0.5 else []
    problem, (written, _, _) = said(FLAG, path, "--use-main-obmalloc", flag, "--output", target, *words)
    if problem:
        return problem
    if written != 0:
        return "flag.py reads the word and does not write it" if status == 0 else None
    problem, (status, out, _) = said(FLAG, target)
    if problem or status != 0 or f"use_main_obmalloc = {flag} " not in out:
        return problem or "flag.py does not read what it has written"
    return None


def try_audit(path, seeds, dice):
    words = ["--json"] if dice.random() < 0.3 else []
    if dice.random() < 0.5:
        words += ["--map", seeds.path("map")]
    return said(AUDIT, path, *words)[0]


def try_map(path, seeds, dice):
    if dice.random() < 0.5:
        return said(AUDIT, seeds.path("elf"), "--map", path)[0]
    image = path.with_suffix(".elf")
    if not image.exists():
        shutil.copy(seeds.path("elf"), image)
    return said(SIZE, image)[0]


def try_size(path, seeds, _dice):
    if not path.with_suffix(".map").exists():
        shutil.copy(seeds.path("map"), path.with_suffix(".map"))
    return said(SIZE, path)[0]


def try_callers(path, _seeds, _dice):
    return said(CALLERS, path, stdin=LOG.encode())[0]


def try_log(path, seeds, _dice):
    return said(CALLERS, seeds.path("elf"), stdin=path.read_bytes())[0]


def try_trace(path, _seeds, _dice):
    problem, (status, out, _) = said(CONVERT, path, "--check")
    if problem or status != 0:
        return problem
    for suffix in (".obmt", ".text"):
        target = path.with_name(f"converted{suffix}")
        target.unlink(missing_ok=True)
        problem, (status, _, _) = said(CONVERT, path, "--output", target)
        if problem or status != 0:
            return problem or "convert.py checks a trace and does not convert it"
        problem, (status, again, _) = said(CONVERT, target, "--check")
        if problem or status != 0 or again.partition(": ")[2] != out.partition(": ")[2]:
            return problem or f"convert.py does not read what it has written as {suffix}"
    return None


# What a kind of file is given to, and how often.
TRIES = {
    "elf": ((try_flag, 2), (try_audit, 4), (try_size, 2), (try_callers, 1)),
    "bin": ((try_flag, 1),),
    "hex": ((try_flag, 1),),
    "map": ((try_map, 1),),
    "obmt": ((try_trace, 1),),
    "trace": ((try_trace, 1),),
    "log": ((try_log, 1),),
}
# How often a kind of file comes, of 20.
KINDS = ["elf"] * 7 + ["hex"] * 3 + ["bin"] * 2 + ["map"] * 3 + ["obmt"] * 2 + ["trace"] * 2 + ["log"]


class Seeds:
    """Whole files of each kind."""

    def __init__(self, build, folder):
        self.folder = folder
        elf, map_path = build / f"{IMAGE}.elf", build / f"{IMAGE}.map"
        for path in (elf, map_path):
            if not path.is_file():
                sys.exit(f"files.py: there is no {path}; `make` builds it")
        shutil.copy(elf, self.path("elf"))
        self._objcopy("-O", "binary", self.path("elf"), self.path("bin"))
        self._objcopy("-O", "ihex", self.path("elf"), self.path("hex"))
        shutil.copy(map_path, self.path("map"))
        shutil.copy(REPOSITORY / "tests" / "traces" / f"{TRACE}.obmt", self.path("obmt"))
        CONVERT.call(self.path("obmt"), "--output", self.path("trace"))
        self.path("log").write_text(LOG, "utf-8")
        self.data = {kind: self.path(kind).read_bytes() for kind in TRIES}

    def path(self, kind):
        return self.folder / f"seed.{kind}"

    @staticmethod
    def _objcopy(*words):
        subprocess.run(["arm-none-eabi-objcopy", *map(str, words)], check=True)


def limited(call, *words):
    """Calls with the alarm set."""
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SECONDS)
    try:
        return call(*words)
    except TooLong:
        return f"{call.__name__} did not end within {TIMEOUT_SECONDS} s"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def attempt(seeds, folder, kind, data, seed):
    """Gives the bytes to one tool; the same bytes and seed, the same calls. Returns a problem or None."""
    dice = random.Random(seed)
    ways, weights = zip(*TRIES[kind])
    way = dice.choices(ways, weights)[0]
    path = folder / f"file.{kind}"
    for old in folder.glob("file.*"):
        old.unlink()
    path.write_bytes(data)
    return limited(way, path, seeds, dice)


def try_kept(seeds, folder):
    """The kept files, through every way of their kind. Returns [(path, problem)] and how many there are."""
    found, paths = [], sorted(KEPT.glob("*.*"))
    for path in paths:
        kind = path.suffix[1:]
        for way, _ in TRIES[kind]:
            for seed in range(4):
                for old in folder.glob("file.*"):
                    old.unlink()
                copy = folder / f"file.{kind}"
                shutil.copy(path, copy)
                problem = limited(way, copy, seeds, random.Random(seed))
                if problem:
                    found.append((path, problem))
                    break
    return found, len(paths)


def fuzz(seeds, folder, broken, tries, first_seed, show):
    """Returns [(path of a kept file, problem)]."""
    found = []
    for seed in range(first_seed, first_seed + tries):
        dice = random.Random(seed)
        kind = dice.choice(KINDS)
        data = mutate.mutated(dice, kind, seeds.data[kind])
        problem = attempt(seeds, folder, kind, data, seed)
        if problem:
            broken.mkdir(parents=True, exist_ok=True)
            path = broken / f"{seed}.{kind}"
            path.write_bytes(data)
            found.append((path, problem))
        if seed % 20 == 0:
            show(f"{seed - first_seed:,} of {tries:,} files, {len(found)} broken")
    return found


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build", help="the build directory")
    parser.add_argument("--tries", type=int, help=f"files; by default {SHORT_TRIES}, with --torture {LONG_TRIES}")
    parser.add_argument("--seed", type=int, default=1, help="of the first file; the next one's is one more")
    parser.add_argument("--torture", action="store_true", help="the long form")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    tries = arguments.tries if arguments.tries is not None else LONG_TRIES if arguments.torture else SHORT_TRIES
    follow = progress.Progress(0)
    with tempfile.TemporaryDirectory(prefix="files.") as name:
        folder = pathlib.Path(name)
        seeds = Seeds(arguments.build, folder)
        found, kept_count = try_kept(seeds, folder)
        found += fuzz(seeds, folder, arguments.build / "fuzz" / "broken" / "files", tries, arguments.seed, follow.show)
    follow.end()
    for path, problem in found:
        print(f"files.py: {path}: {problem}", file=sys.stderr)
    print(f"{kept_count} kept files and {tries:,} damaged ones, {len(found)} broke a tool")
    if arguments.torture:
        print(json.dumps({"part": "damaged images, maps and traces", "tried": tries + kept_count, "unit": "files",
                          "lost": len(found), "note": "flag.py, audit.py, image_size.py, callers.py, convert.py"}))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
