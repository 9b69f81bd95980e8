# SPDX-License-Identifier: MIT
"""make bench on small traces: its figures against other ways to get them, and what it refuses."""

import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "tests" / "bench"
sys.path[:0] = [str(BENCH), str(REPOSITORY / "tests" / "replay")]

import measure  # finds the traces' modules for the others
import bench
import convert
import figures
import search
import subject
import trace_text
import trial
import tsv

BOARD = "mps2-an386"
BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
SUBJECTS = subject.subjects(BUILD, BOARD, "nano")
KINDS = "a 0 24\na 1 24\na 2 700\nz 3 40\nr 1 90\ng 4 32 100\nf 0\nf 1\nr 2 2000\nf 2\nf 3\nf 4\n"


def churn(seed):
    """A trace of some 300 calls, as text."""
    generator, lines, live = random.Random(seed), [], set()
    for _ in range(300):
        slot = generator.randrange(40)
        lines.append(f"f {slot}" if slot in live else f"a {slot} {generator.randrange(1, 700)}")
        live ^= {slot}
    return "\n".join(lines) + "\n"


def parse(text):
    return trace_text.parse_text(text.splitlines(), "test")


class Figures(unittest.TestCase):
    def test_geomean(self):
        values = [17.5, 3, 250.25]
        self.assertAlmostEqual(figures.geomean(values), statistics.geometric_mean(values))
        self.assertIsNone(figures.geomean([]))

    def test_cost(self):
        for count in (1, 2, 7, 100):
            calls = [random.Random(count).randrange(50) for _ in range(count)]
            trace = parse("".join(f"a {slot} 8\n" for slot in range(count)))
            cost = figures.costs(trace.operations, calls)["malloc_small"]
            self.assertEqual((cost.calls, cost.instructions, cost.worst),
                             (count, sum(calls), max(calls)))
            self.assertEqual(cost.median, statistics.median_low(calls))
            self.assertAlmostEqual(cost.mean, statistics.fmean(calls))

    def test_groups(self):
        trace = parse("a 0 512\na 1 513\nr 0 600\nf 0\nf 1\nz 2 9\ng 3 16 9\nf 3\n")
        groups = figures.costs(trace.operations, [1, 2, 3, 4, None, 6, 7, 8])
        self.assertEqual({name: cost.counts for name, cost in groups.items()}, {
            "malloc_small": ((1, 1),), "malloc_large": ((2, 1),), "realloc": ((3, 1),),
            "free_large": ((4, 1),), "calloc": ((6, 1),), "aligned": ((7, 1),),
            "free_small": ((8, 1),), "all": tuple((count, 1) for count in (1, 2, 3, 4, 6, 7, 8))})


class Search(unittest.TestCase):
    def find(self, succeeds, start, largest=4096, step=8):
        asked = []

        def ask(size):
            asked.append(size)
            return succeeds(size)
        found = search.smallest(ask, start, largest, step)
        self.assertEqual(len(asked), len(set(asked)), "a size was asked twice")
        self.assertTrue(all(size % step == 0 and 0 <= size <= largest for size in asked), asked)
        return found

    def test_every_threshold_from_every_side(self):
        for threshold in range(1, 400):
            expected = -(-threshold // 8) * 8
            for start in (8, 200, 1024):
                self.assertEqual(self.find(lambda size: size >= threshold, start), expected)

    def test_goes_on_above_a_failure_that_is_near(self):
        self.assertEqual(self.find(lambda size: size >= 160 and size != 192, 1024), 200)

    def test_none_is_large_enough(self):
        for threshold in (4097, 1 << 30):
            with self.assertRaises(search.NoSize):
                self.find(lambda size: size >= threshold, 80)
        self.assertEqual(self.find(lambda size: size >= 4096, 80), 4096)


class OnBoard(unittest.TestCase):
    def executed(self, one, data):
        """What calls take, by a log of every instruction that runs."""
        listing = subprocess.run(["arm-none-eabi-objdump", "-d", "--disassemble=timed", one.elf],
                                 check=True, capture_output=True, text=True).stdout
        call = int(re.search(r"^\s+([0-9a-f]+):.*\bblx\s", listing, re.MULTILINE).group(1), 16)
        with tempfile.TemporaryDirectory() as folder:
            trace, log = pathlib.Path(folder) / "trace", pathlib.Path(folder) / "log"
            trace.write_bytes(data)
            run = measure.boards.run(
                BOARD, str(one.elf), [f"trace={trace}", f"use_main_obmalloc={one.flag}",
                                      "region_bytes=20000", "print_counts=1"],
                ["-singlestep", "-d", "exec,nochain", "-D", str(log)])
            self.assertEqual(run.status, 0, run.output)
            addresses = [int(line.split("/")[1], 16) for line in log.read_text().splitlines()
                         if line.startswith("Trace")]
        starts = [index for index, address in enumerate(addresses) if address == call]
        # The first call is that of the empty function.
        return [addresses.index(call + 2, start) - start for start in starts][1:]

    def test_counts_are_those_of_the_instructions_executed(self):
        trace = parse(KINDS + churn(1))
        for name in ("ours", "nano"):
            with self.subTest(name):
                one = trial.Trial(BOARD, SUBJECTS[name], "test", trace)
                counts = one.run(20000, 0, icount=True)["calls"]
                self.assertEqual(len(counts), len(trace.operations))
                self.assertEqual(counts, self.executed(SUBJECTS[name], one.data))

    def test_damage_fails(self):
        class Damaging(subject.Subject):
            def words(self, region_bytes, arena_bytes):
                return [*super().words(region_bytes, arena_bytes), "corrupt=100"]
        one = trial.Trial(BOARD, Damaging(*SUBJECTS["ours"]), "test", parse(churn(2)))
        with self.assertRaisesRegex(bench.BenchError, "wrong block"):
            one.result()

    def test_too_large_for_the_board(self):
        for text in ("a 0 400000\na 1 400000\n", "a 90000 8\n"):
            for name in ("ours", "ours-fixed"):
                with self.subTest(text, subject=name), self.assertRaises(search.NoSize):
                    trial.Trial(BOARD, SUBJECTS[name], "test", parse(text)).result()

    def test_static_ram_is_that_of_the_symbols(self):
        for name, archive, pattern in (
                ("ours", BUILD / f"{BOARD}-nano" / "obmalloc" / "libobmalloc.a", r"\w+"),
                ("nano", SUBJECTS["nano"].folder / "plain.elf", "__malloc_free_list|__malloc_sbrk_start")):
            def symbols(file, *options):
                listing = subprocess.run(["arm-none-eabi-nm", *options, str(file)], check=True,
                                         capture_output=True, text=True).stdout
                return re.findall(rf"([0-9a-f]+) [BbDd] ({pattern})$", listing, re.MULTILINE)
            wanted = {symbol for _, symbol in symbols(archive)}
            sizes = {symbol: int(size, 16) for size, symbol
                     in symbols(SUBJECTS[name].folder / "plain.elf", "-S") if symbol in wanted}
            self.assertEqual(SUBJECTS[name].footprint()[0], sum(sizes.values()), sizes)


class Bench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.traces = self.folder / "traces"
        self.traces.mkdir()

    def run_bench(self, *words, build=BUILD):
        return subprocess.run([sys.executable, str(BENCH / "bench.py"), "--build", str(build),
                               "--traces", str(self.traces), *words],
                              capture_output=True, text=True, check=False)

    def test_figures(self):
        (self.traces / "one.txt").write_text(churn(3))
        convert.save(parse(churn(4)), self.traces / "two.obmt")
        words = ["--allocators", "nano ours-fixed ours", "--tsv", str(self.folder / "tsv"),
                 "--pictures", str(self.folder)]
        files = [self.folder / name for name in ("tsv", "cost.svg", "ram.svg")]
        first = self.run_bench(*words)
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        contents = [file.read_bytes() for file in files]
        second = self.run_bench(*words)
        self.assertEqual(first.stdout, second.stdout)
        self.assertEqual(contents, [file.read_bytes() for file in files])
        for file in files[1:]:
            xml.etree.ElementTree.parse(file)
        rows = tsv.read(files[0])
        self.assertEqual([(row["allocator"], row["trace"]) for row in rows],
                         [(name, trace) for name in ("ours", "ours-fixed", "nano")
                          for trace in ("one", "two")])
        for row in rows:
            self.check_row(row, parse(churn({"one": 3, "two": 4}[row["trace"]])))
        ratios = [float(row["ram_over_peak"]) for row in rows if row["allocator"] == "ours"]
        self.assertIn(f"{statistics.geometric_mean(ratios):.3f}", first.stdout)

    def check_row(self, row, trace):
        """The region suffices, the next smaller one does not, and the counts are those of a replay."""
        one = SUBJECTS[row["allocator"]]
        peak, region, arena = (int(row[key]) for key in
                               ("peak_live_bytes", "region_bytes", "arena_bytes"))
        self.assertEqual(peak, trace.peak_live_bytes)
        failures = [trial.Trial(BOARD, one, "", trace).run(size, arena)["failures"]
                    for size in (region, region - 8)]
        self.assertEqual([count == 0 for count in failures], [True, False])
        self.assertAlmostEqual(float(row["ram_over_peak"]),
                               (region + int(row["static_bytes"])) / peak, delta=1e-4)
        self.assertGreaterEqual(int(row["speed_region_bytes"]), 2 * peak)
        calls = trial.Trial(BOARD, one, "", trace).run(
            int(row["speed_region_bytes"]), int(row["speed_arena_bytes"]), icount=True)["calls"]
        self.assertEqual(int(row["all_calls"]), len(trace.operations))
        self.assertAlmostEqual(float(row["all_mean"]), statistics.fmean(calls), delta=1e-3)
        self.assertEqual(int(row["all_worst"]), max(calls))

    def refused(self, sentence, *words, **options):
        done = self.run_bench(*words, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, f"^bench: .*{sentence}.*\n$")

    def test_refusals(self):
        (self.traces / "good.txt").write_text("a 0 24\n")
        self.refused("there is no allocator 'jemalloc'; there are: ours", "--allocators", "jemalloc")
        self.refused("is no folder", "--traces", str(self.traces / "good.txt"))
        self.refused("there is no image .*replay.elf", "--allocators", "ours", build=self.folder)
        self.refused("picolibc-arm-none-eabi", "--allocators", "picolibc", build=self.folder)
        self.refused("no trace fits", "--allocators", "nano", "--traces", self.write("a 0 900000\n"))
        self.refused("bad.txt:1: 'x' is not", "--allocators", "nano", "--traces", self.write("x\n"))
        self.refused("never holds a byte", "--allocators", "nano", "--traces", self.write("a 0 0\n"))
        convert.save(parse("a 0 24\n"), self.traces / "good.obmt")
        self.refused("two traces named 'good'", "--allocators", "nano")
        for path in self.traces.iterdir():
            path.unlink()
        self.refused("there is no trace in the folder", "--allocators", "nano")

    def write(self, text):
        """A folder with one trace."""
        folder = self.folder / "bad"
        folder.mkdir(exist_ok=True)
        (folder / "bad.txt").write_text(text)
        return str(folder)

    def test_missing_peer_is_a_named_skip(self):
        (self.traces / "one.txt").write_text("a 0 2400\nf 0\n")
        for name in (f"{BOARD}-nano", f"{BOARD}-bench"):
            (self.folder / name).mkdir()
        (self.folder / f"{BOARD}-bench" / "nano").symlink_to(SUBJECTS["nano"].folder)
        done = self.run_bench("--allocators", "nano picolibc", build=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("skipped: picolibc: its image is not built; Debian: picolibc-arm-none-eabi",
                      done.stdout)


if __name__ == "__main__":
    unittest.main()
