# SPDX-License-Identifier: MIT
"""The kept inputs of the fuzzers hold, damaged files end in a sentence, operations on boards keep to the model; and a
mutant of each is noticed."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FUZZ = REPOSITORY / "tests" / "fuzz"
sys.path[:0] = [str(FUZZ), str(REPOSITORY / "board" / "host")]

import files
import fuzz
import geometry
import operations

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
CORPUS_BYTES_MAX = 300_000


def replay(program, *paths):
    return subprocess.run([BUILD / "fuzz" / "replay" / f"{program}.run", *map(str, paths)], capture_output=True,
                          text=True, errors="replace", check=False)


class Corpus(unittest.TestCase):
    def test_every_program_holds_on_every_kept_input(self):
        for program in fuzz.PROGRAMS:
            if program == "pools_random":
                continue  # of `make fuzz`
            with self.subTest(program):
                paths = sorted(fuzz.corpus_of(program).iterdir())
                done = replay(program, *paths)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout.splitlines()[-1:])
                self.assertEqual(done.stdout.splitlines()[-1], f"replayed {len(paths)} inputs")
                self.assertGreater(len(paths), 5)

    def test_it_is_small(self):
        sizes = [path.stat().st_size for path in fuzz.CORPUS.rglob("*") if path.is_file()]
        self.assertLess(sum(sizes), CORPUS_BYTES_MAX)

    def test_what_is_broken_is_said(self):
        """The program that reads traces, with a reader that lets a slot beyond the slot count pass."""
        source = (REPOSITORY / "tests" / "replay" / "trace_stream.c").read_text("utf-8")
        text = "operation->slot >= stream->slot_count"
        self.assertEqual(source.count(text), 1)
        with tempfile.TemporaryDirectory() as folder:
            changed = pathlib.Path(folder) / "trace_stream.c"
            changed.write_text(source.replace(text, "operation->slot > stream->slot_count"), "utf-8")
            program = pathlib.Path(folder) / "trace"
            subprocess.run(["gcc", "-std=gnu11", "-g", "-fsanitize=address,undefined",
                            *(f"-I{REPOSITORY}/{name}" for name in ("board", "tests", "tests/replay")), changed,
                            FUZZ / "fuzz_trace.c", FUZZ / "replay_corpus.c", "-o", program], check=True)
            done = subprocess.run([program, *sorted((fuzz.CORPUS / "trace").iterdir())], capture_output=True, text=True,
                                  errors="replace", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("BROKEN: a slot is beyond the slot count", done.stderr)

    def test_no_input(self):
        self.assertNotEqual(replay("trace", "nix").returncode, 0)


class Geometries(unittest.TestCase):
    def test_the_same_seed_is_the_same_geometry_within_the_ranges(self):
        for seed in range(50):
            values = dict(re.findall(r"#define (\w+) (\d+)u", geometry.header(seed)))
            self.assertEqual(values.keys(), geometry.RANGES.keys())
            for name, (low, high) in geometry.RANGES.items():
                self.assertTrue(low <= int(values[name]) <= high)
        self.assertEqual(geometry.header(7), geometry.header(7))
        self.assertNotEqual(geometry.header(7), geometry.header(8))

    def test_no_seed(self):
        done = subprocess.run([sys.executable, FUZZ / "geometry.py", "x", "y"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, "geometry.py: wants SEED FILE, the seed a number\n"))


class Operations(unittest.TestCase):
    """On a board of each architecture."""

    def test_the_model_holds(self):
        done = subprocess.run([sys.executable, FUZZ / "operations.py", "--build", BUILD], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        print(done.stdout)
        for board, libc in operations.ARCHITECTURES:
            self.assertRegex(done.stdout, rf"{board} with {libc} +200,000 operations")

    def test_a_promise_that_is_broken_is_named(self):
        """A region that the board has not; and an image that is no play."""
        run = operations.Run("mps2-an386", "nano", 1, ("region_bytes=99999999",), 1, 1000)
        count, problem = operations.play(str(BUILD), run)
        self.assertEqual(count, 0)
        self.assertIn("seed=1 operations=1000 region_bytes=99999999: ended with status 2: error the board has no such region",
                      problem)

    def test_ten_million_in_the_long_form(self):
        counts = {}
        for run in operations.long_plan():
            counts[run.board, run.libc] = counts.get((run.board, run.libc), 0) + run.operations
        self.assertGreaterEqual(counts[operations.LONG_BOARD], 10_000_000)
        self.assertGreaterEqual(min(counts.values()), 1_000_000)
        self.assertEqual(len(set(operations.long_plan())), len(list(operations.long_plan())))


class Files(unittest.TestCase):
    def test_damaged_files_end_in_a_sentence(self):
        done = subprocess.run([sys.executable, FUZZ / "files.py", "--build", BUILD, "--tries", "250"],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"^[1-9]\d* kept files and 250 damaged ones, 0 broke a tool\n$")

    def test_a_traceback_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            seeds = files.Seeds(BUILD, pathlib.Path(folder))
            for kind, broken in (("hex", "image_file.HexImage"), ("obmt", "trace_binary.decode")):
                with self.subTest(broken), unittest.mock.patch(broken, side_effect=IndexError("list index out of range")):
                    problem = files.attempt(seeds, pathlib.Path(folder), kind, seeds.data[kind], 1)
                    self.assertIn("IndexError: list index out of range", problem)

    def test_whole_files_hold(self):
        with tempfile.TemporaryDirectory() as folder:
            seeds = files.Seeds(BUILD, pathlib.Path(folder))
            for kind, data in seeds.data.items():
                for seed in range(3):
                    self.assertIsNone(files.attempt(seeds, pathlib.Path(folder), kind, data, seed))

    def test_what_the_tool_writes_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            seeds = files.Seeds(BUILD, pathlib.Path(folder))
            with unittest.mock.patch("config_word.word_of", return_value=bytes(20)):
                problem = files.attempt(seeds, pathlib.Path(folder), "bin", seeds.data["bin"], 1)
        self.assertEqual(problem, "flag.py does not read what it has written")


class Fuzzers(unittest.TestCase):
    """What `make fuzz` says of what a fuzzer does: one that is a shell script."""

    def fuzz(self, fuzzer, replayed="exit 0", tool="clang-14"):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        build = pathlib.Path(folder.name)
        for path, script in (("fuzz/libfuzzer/trace.run", fuzzer), ("fuzz/replay/trace.run", replayed), (f"bin/{tool}", "")):
            (build / path).parent.mkdir(parents=True, exist_ok=True)
            (build / path).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
            (build / path).chmod(0o755)
        return subprocess.run([sys.executable, FUZZ / "fuzz.py", "--build", build, "--seconds", "1", "--programs", "trace",
                               "--torture"], env={"PATH": str(build / "bin")}, capture_output=True, text=True, check=False)

    def report(self, done):
        return json.loads(done.stdout.splitlines()[-1])

    def test_nothing_found(self):
        done = self.fuzz("echo stat::number_of_executed_units: 1234")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"trace +libfuzzer +1,234 +0\n")
        self.assertEqual((self.report(done)["tried"], self.report(done)["lost"]), (1234, 0))
        self.assertEqual(done.stderr, "fuzz.py: left out, afl-fuzz is not installed\n")

    def test_something_found(self):
        done = self.fuzz("for word; do case $word in -artifact_prefix=*) : >\"${word#*=}crash-1\" ;; esac; done\n"
                         "echo stat::number_of_executed_units: 7; exit 77", "echo BROKEN: a thing >&2; exit 134")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"fuzz.py: \S+/broken/libfuzzer/trace/crash-1: BROKEN: a thing\n")
        self.assertEqual(self.report(done)["lost"], 1)

    def test_a_fuzzer_that_cannot_run_is_no_success(self):
        for script, sentence in (("echo no such option; exit 1", "libfuzzer on trace ended with status 1: no such option"),
                                 ("exit 0", "libfuzzer on trace ended with status 0: nothing")):
            done = self.fuzz(script)
            self.assertEqual(done.returncode, 1)
            self.assertIn(sentence, done.stderr)

    def test_no_fuzzer(self):
        done = self.fuzz("exit 0", tool="nix")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.report(done), {"part": "fuzzing", "skipped": "not installed: clang-14, afl-fuzz"})


if __name__ == "__main__":
    unittest.main()
