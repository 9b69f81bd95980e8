# SPDX-License-Identifier: MIT
"""make tune: its advice against replays, its rule of the two halves, what it refuses, and a build with it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder)
                for folder in ("tune", "bench", "replay", "harness")]

import measure  # finds the traces' modules for the others
import arena
import convert
import foreign
import readme
import search
import subject
import trace_text
import trial
import user
from arena import Shape
from halves import halves
from trace_text import FREE

BOARD = "mps2-an386"
BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
SUBJECTS = subject.subjects(BUILD, BOARD, "nano")


def pinned(group_count, small_per_group):
    """Small blocks between large ones keep the large ones' memory from merging when that is freed for
    blocks twice as large: a fixed arena for the small ones saves what the larger ones need. As lines;
    nothing is live at the end."""
    lines, small = [], []
    for group in range(group_count):
        for number in range(small_per_group):
            small.append(group_count + group * small_per_group + number)
            lines.append(f"a {small[-1]} 24")
        lines.append(f"a {group} 800")
    lines += [f"f {group}" for group in range(group_count)]
    lines += [f"a {group} 1600" for group in range(group_count // 2)]
    return lines + [f"f {slot}" for slot in (*range(group_count // 2), *small)]


def repeating():
    """Two equal halves: whatever suits the one suits the other."""
    return pinned(8, 4) * 2


def changing():
    """An arena for the small blocks of the first half is in the way of the second half's only block."""
    lines = pinned(10, 25)
    return lines + ["a 0 9000", "f 0"] * (len(lines) // 2)


def parse(lines):
    return trace_text.parse_text(lines, "test")


def start_tune(trace, output, **options):
    words = {"--trace": trace, "--output": output, "--build": BUILD, **options}
    return subprocess.Popen([sys.executable, str(REPOSITORY / "tests" / "tune" / "tune.py"),
                             *(str(word) for pair in words.items() for word in pair)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def number_behind(words, text):
    return int(re.search(rf"{words} ([\d,]+)", text).group(1).replace(",", ""))


class Search(unittest.TestCase):
    def best(self, corners):
        """The arena and the heap of any of these corners suffice, and more of both."""
        def suffices(shape):
            heap_bytes = shape.region_bytes - shape.arena_bytes
            return any(shape.arena_bytes >= arena_bytes and heap_bytes >= heap_needed
                       for arena_bytes, heap_needed in corners)
        return arena.ArenaSearch(suffices, 1024, 8).best(20000, 100000)

    def test_every_corner_from_afar(self):
        for arena_bytes in range(1024, 19000, 1816):
            for heap_bytes in (8, 4000):
                self.assertEqual(self.best([(arena_bytes, heap_bytes)]),
                                 Shape(arena_bytes + heap_bytes, arena_bytes))

    def test_the_better_one_of_two(self):
        for better in (400, 1000):
            corners = [(1024, 19000), (8000, 12024 - better), (17000, 3024)]
            self.assertEqual(self.best(corners), Shape(20024 - better, 8000))

    def test_none(self):
        with self.assertRaises(search.NoSize):
            self.best([(100000, 8)])


class Halves(unittest.TestCase):
    def test_second_half_begins_with_what_is_live(self):
        trace = parse("a 0 24|z 1 40|g 2 32 100|r 0 90|f 1|f 0|a 1 7|f 2".split("|"))
        first, second = halves(trace)
        self.assertEqual(first.operations, trace.operations[:4])
        self.assertEqual(trace_text.format_text(second).splitlines()[-7:],
                         ["a 0 90", "a 1 40", "g 2 32 100", "f 1", "f 0", "a 1 7", "f 2"])
        self.assertEqual(second.peak_live_bytes, 230)

    def test_recorded_traces(self):
        for name in ("mosq_sub", "cxx_aligned"):
            trace = measure.load_trace(name)[1]
            parts = halves(trace)
            self.assertEqual(max(part.peak_live_bytes for part in parts), trace.peak_live_bytes)
            frees = sum(operation.kind == FREE for part in parts for operation in part.operations)
            self.assertEqual(frees, sum(operation.kind == FREE for operation in trace.operations))

    def test_a_half_without_bytes(self):
        self.assertIsNone(halves(parse(["a 0 8"])))


class Advice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        running = {}
        for make_lines in (repeating, changing):
            name = make_lines.__name__
            (cls.path / f"{name}.txt").write_text("\n".join(make_lines()) + "\n")
            running[name] = start_tune(cls.path / f"{name}.txt", cls.path / name)
        cls.said = {name: (*process.communicate(), process.returncode)
                    for name, process in running.items()}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        for name, (_, complaints, status) in self.said.items():
            self.assertEqual((complaints, status), ("", 0), name)

    def value(self, name):
        """The arena's size and the region that the files of an advice name."""
        text = (self.path / name / "arena.ld").read_text()
        size = number_behind("__obmalloc_arena_size =", text)
        self.assertEqual((self.path / name / "arena.opt").read_text(),
                         f"-Wl,--defsym=__obmalloc_arena_size={size}\n")
        return size, number_behind("complete in", text)

    def assert_least(self, trace, region_bytes, arena_bytes):
        """The trace completes in the region, and in one that is 8 bytes smaller it does not."""
        one = trial.Trial(BOARD, SUBJECTS["ours-fixed"], "test", trace)
        self.assertEqual([one.run(size, arena_bytes)["failures"] == 0
                          for size in (region_bytes, region_bytes - 8)], [True, False])

    def test_recommended_size(self):
        said = self.said["repeating"][0]
        size, region_bytes = self.value("repeating")
        self.assertGreaterEqual(size, 1024)
        self.assertIn(f"Recommended: a fixed arena, __obmalloc_arena_size = {size}.", said)
        trace = parse(repeating())
        self.assert_least(trace, region_bytes, size)
        whole = trial.Trial(BOARD, SUBJECTS["ours"], "test", trace)
        self.assertFalse(whole.suffices(region_bytes))
        less = number_behind("A fixed arena needs", said)
        self.assert_least(trace, region_bytes + less, 0)

    def test_refused_where_the_halves_differ(self):
        said = self.said["changing"][0]
        self.assertIn("Recommended: the default, __obmalloc_arena_size = 0; the tuned size does not "
                      "carry over.", said)
        self.assertIn("A fixed arena needs", said)
        size, region_bytes = self.value("changing")
        self.assertEqual(size, 0)
        self.assert_least(parse(changing()), region_bytes, 0)
        second = halves(parse(changing()))[1]
        tuned_bytes = number_behind("to an arena of", said)
        tuned_region = number_behind("the second half needs", said)
        default_region = number_behind("with the default", said)
        self.assertGreater(tuned_region, default_region)
        self.assert_least(second, tuned_region, tuned_bytes)
        self.assert_least(second, default_region, 0)

    def test_same_again(self):
        """The search on the first half, which is a third of the work."""
        first = halves(parse(repeating()))[0]
        one = trial.Trial(BOARD, SUBJECTS["ours-fixed"], "test", first)
        self.assertEqual(one.best_fixed().arena_bytes,
                         number_behind("to an arena of", self.said["repeating"][0]))

    def test_figures(self):
        """Those of the table are those of replays."""
        size, region_bytes = self.value("repeating")
        row = next(line for line in self.said["repeating"][0].splitlines()
                   if line.startswith("fixed arena")).replace(",", "").split()
        trace = parse(repeating())
        one = trial.Trial(BOARD, SUBJECTS["ours-fixed"], "test", trace)
        counts = [one.run(bytes_, size, icount=True)["calls"]
                  for bytes_ in (region_bytes, trial.round_up(2 * trace.peak_live_bytes))]
        static_bytes = SUBJECTS["ours-fixed"].footprint()[0]
        over_peak = (region_bytes + static_bytes) / trace.peak_live_bytes
        self.assertEqual(row[-5:], [str(size), str(region_bytes), f"{over_peak:.3f}",
                                    *(f"{sum(calls) / len(calls):.1f}" for calls in counts)])

    def build(self, folder, *words):
        return subprocess.run(["make", "-f", "firmware.mk", *words], cwd=folder, capture_output=True,
                              env=user.environment(), text=True, check=False)

    def test_a_build_takes_the_values(self):
        folder = self.path / "firmware"
        shutil.copytree(foreign.FIRMWARE, folder)
        shutil.copytree(self.path / "repeating", folder / "tune")
        (folder / "obmalloc").symlink_to(REPOSITORY)
        lines = next(body for body in readme.blocks("make") if "obmalloc.mk" in body)
        linker_line = next(body for body in readme.blocks("ld") if "obmalloc.ld" in body).strip()
        makefile = folder / "firmware.mk"
        makefile.write_text(makefile.read_text().replace("MAKE_LINES\n\nfirmware", (
            f"OBMALLOC_GEOMETRY := tune/geometry.h\n{lines}LDFLAGS += $(TUNED)\n\nfirmware")))
        script = (folder / "firmware.ld").read_text()
        size, _ = self.value("repeating")

        def arena_bytes():
            symbols = subject.symbols_of.__wrapped__(folder / "firmware.elf")
            return symbols["__obmalloc_arena_end"] - symbols["__obmalloc_arena_start"]
        (folder / "firmware.ld").write_text(script.replace("HEAP_LINE", linker_line))
        done = self.build(folder, "TUNED=@tune/arena.opt")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(arena_bytes(), size)
        (folder / "firmware.ld").write_text(
            script.replace("HEAP_LINE", f"INCLUDE tune/arena.ld\n{linker_line}"))
        done = self.build(folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(arena_bytes(), size)
        header = folder / "tune" / "geometry.h"
        header.write_text(re.sub(r"(DRAIN_LOOKS) \d+u", r"\1 99u", header.read_text()))
        done = self.build(folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("it bounds an allocation", done.stderr)


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refused(self, sentence, trace, **options):
        process = start_tune(trace, self.folder / "out", **options)
        said, complaints = process.communicate()
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(said, "")
        self.assertRegex(complaints, f"^tune: .*{sentence}.*\n$")
        self.assertFalse((self.folder / "out").exists())

    def file(self, data, name="bad"):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def test_traces(self):
        whole = (REPOSITORY / "tests" / "traces" / f"mosq_sub{convert.BINARY_SUFFIX}").read_bytes()
        self.refused("there is no trace and no file 'nix'; the traces are: busybox_ash", "nix")
        self.refused("is cut off", self.file(whole[:-1]))
        self.refused("its operations are damaged", self.file(whole[:-1] + bytes([whole[-1] ^ 1])))
        self.refused("'x' is not an operation", self.file(b"x 1 2\n"))
        self.refused("neither a binary trace nor text", self.file(b"\xff\xfe\x00"))
        self.refused("holds no operation", self.file(b""))
        self.refused("never holds a byte", self.file(b"a 0 0\nf 0\n"))

    def test_board_too_small(self):
        self.refused(f"large does not fit {BOARD}: 800000 bytes live",
                     self.file(b"a 0 400000\na 1 400000\n", "large"))
        self.refused(f"wide does not fit {BOARD}: .* 90001 slots", self.file(b"a 90000 8\n", "wide"))

    def test_image_is_not_built(self):
        self.refused("there is no image", "mosq_sub", **{"--build": self.folder})

    def test_no_trace_named(self):
        done = subprocess.run(["make", "tune", "again=true"], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((done.stdout, len(done.stderr.splitlines())), ("", 1), done.stderr)
        self.assertIn("TRACE is not set; it must be a name in tests/traces or a file", done.stderr)


if __name__ == "__main__":
    unittest.main()
