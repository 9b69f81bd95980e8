#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets libFuzzer, then AFL++, look for inputs that break a promise; README.md of this folder says which.

What breaks one is kept under BUILD/fuzz/broken and named with the sentence that it ended in. Exit status: 0 = nothing
was broken; 1 = something was, or a fuzzer could not run; a fuzzer that is not installed is named and left out.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CORPUS = REPOSITORY / "tests" / "fuzz" / "corpus"
sys.path.insert(0, str(REPOSITORY / "tests" / "bench"))

import progress

PROGRAMS = ("pools_default", "pools_random", "pools_tight", "pools_wide", "port_none", "port_hooks", "config_word", "trace")
# The allocator's programs get most of the time.
SHARES = {"config_word": 1, "trace": 2}
SHARE = 4
INPUT_BYTES_MAX = 4096
FUZZERS = ("libfuzzer", "afl")
TOOLS = {"libfuzzer": "clang-14", "afl": "afl-fuzz"}
SENTENCES = re.compile(r"BROKEN: .*|.*runtime error: .*|ERROR: AddressSanitizer: .*|ERROR: libFuzzer: .*")


class FuzzError(Exception):
    """A sentence that says why a fuzzer could not run."""


def corpus_of(program):
    """The kept inputs: those of all geometries and lock policies are the same."""
    return CORPUS / program.split("_")[0]


class Fuzz:
    """One fuzzer on one program."""

    def __init__(self, build, program, fuzzer):
        self.program, self.fuzzer = program, fuzzer
        self.image = build / "fuzz" / fuzzer / f"{program}.run"
        self.replay = build / "fuzz" / "replay" / f"{program}.run"
        self.folder = build / "fuzz" / "found" / fuzzer / program
        self.broken = build / "fuzz" / "broken" / fuzzer / program
        self.tried = 0
        shutil.rmtree(self.broken, ignore_errors=True)
        self.broken.mkdir(parents=True)

    def run(self, seconds, seed, show):
        """Fuzzes for so long. Returns the inputs that break a promise."""
        if not self.image.is_file():
            raise FuzzError(f"there is no {self.image}; `make fuzz` builds it")
        command, environment = self.command(seconds, seed)
        log = self.broken / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       env={**os.environ, **environment}, start_new_session=True)
            try:
                self.watch(process, seconds, show)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        text = log.read_text("utf-8", "replace")
        self.tried = self.count(text)
        found = self.inputs()
        if not found and (process.returncode != 0 or not self.tried):
            last = (SENTENCES.findall(text) or text.strip().splitlines()[-1:] or ["nothing"])[0]
            raise FuzzError(f"{self.fuzzer} on {self.program} ended with status {process.returncode}: {last} ({log})")
        return found

    def watch(self, process, seconds, show):
        start = time.monotonic()
        while process.poll() is None:
            spent = time.monotonic() - start
            if spent > seconds + 120:
                raise FuzzError(f"{self.fuzzer} on {self.program} does not end")
            show(f"{self.program}, {self.fuzzer}: {max(0, seconds - spent):.0f} s left")
            time.sleep(0.2)

    def sentence(self, path):
        """What the replay of an input ends in."""
        done = subprocess.run([self.replay, path], capture_output=True, text=True, errors="replace", timeout=60,
                              check=False)
        found = SENTENCES.findall(done.stderr)
        return found[0] if found else f"the replay ends with status {done.returncode}"


class LibFuzzer(Fuzz):
    def command(self, seconds, seed):
        self.folder.mkdir(parents=True, exist_ok=True)
        return [self.image, f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={INPUT_BYTES_MAX}",
                "-len_control=20", "-timeout=10", "-print_final_stats=1", f"-artifact_prefix={self.broken}/",
                self.folder, corpus_of(self.program)], {}

    def count(self, text):
        done = re.findall(r"stat::number_of_executed_units: (\d+)|Done (\d+) runs|^#(\d+)\s", text, re.MULTILINE)
        return max((int(number) for row in done for number in row if number), default=0)

    def inputs(self):
        return sorted(path for path in self.broken.iterdir() if path.name != "log")


class Afl(Fuzz):
    def command(self, seconds, seed):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return ["afl-fuzz", "-i", corpus_of(self.program), "-o", self.folder, "-V", str(seconds), "-s", str(seed), "-m",
                "none", "-t", "5000", "-G", str(INPUT_BYTES_MAX), "--", self.image], {
                    "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1", "AFL_NO_UI": "1", "AFL_FAST_CAL": "1",
                    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1"}

    def count(self, _text):
        path = self.folder / "default" / "fuzzer_stats"
        match = re.search(r"^execs_done\s*: (\d+)", path.read_text("utf-8") if path.is_file() else "", re.MULTILINE)
        return int(match.group(1)) if match else 0

    def inputs(self):
        return sorted(path for kind in ("crashes", "hangs") for path in (self.folder / "default" / kind).glob("id*"))


def plan(seconds, fuzzers, programs):
    """[(fuzzer, program, seconds)]: the fuzzers share the time equally, the programs by their weight."""
    weight = sum(SHARES.get(program, SHARE) for program in programs) * len(fuzzers)
    return [(fuzzer, program, max(1, round(seconds * SHARES.get(program, SHARE) / weight)))
            for fuzzer in fuzzers for program in programs]


def print_table(rows):
    print(f"{'':16}{'fuzzer':<12}{'inputs':>14}{'broken':>9}")
    for program, fuzzer, tried, broken in rows:
        print(f"{program:16}{fuzzer:<12}{tried:>14,}{broken:>9}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build", help="the build directory")
    parser.add_argument("--seconds", type=int, default=60, help="in all")
    parser.add_argument("--seed", type=int, default=1, help="names the fuzzers' dice")
    parser.add_argument("--programs", nargs="*", default=PROGRAMS, choices=PROGRAMS)
    parser.add_argument("--torture", action="store_true", help="end with the line for tests/torture")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    fuzzers = [fuzzer for fuzzer in FUZZERS if shutil.which(TOOLS[fuzzer])]
    left_out = [TOOLS[fuzzer] for fuzzer in FUZZERS if fuzzer not in fuzzers]
    follow, rows, problems = progress.Progress(0), [], []
    for fuzzer, program, seconds in plan(arguments.seconds, fuzzers, arguments.programs):
        subject = {"libfuzzer": LibFuzzer, "afl": Afl}[fuzzer](arguments.build.resolve(), program, fuzzer)
        try:
            broken = subject.run(seconds, arguments.seed, follow.show)
        except FuzzError as error:
            broken = []
            problems.append(str(error))
        problems += [f"{path}: {subject.sentence(path)}" for path in broken]
        rows.append((program, fuzzer, subject.tried, len(broken)))
    follow.end()
    print_table(rows)
    for problem in problems:
        print(f"fuzz.py: {problem}", file=sys.stderr)
    for tool in left_out:
        print(f"fuzz.py: left out, {tool} is not installed", file=sys.stderr)
    if arguments.torture:
        note = "libFuzzer and AFL++ on pools, port and parsers" if not left_out else f"without {', '.join(left_out)}"
        print(json.dumps({"part": "fuzzing", "tried": sum(row[2] for row in rows), "unit": "inputs",
                          "lost": len(problems), "note": note} if fuzzers else
                         {"part": "fuzzing", "skipped": f"not installed: {', '.join(left_out)}"}))
    elif not fuzzers:
        sys.exit("fuzz.py: there is no fuzzer to run")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
