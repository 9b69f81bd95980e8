# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""README.md's table of what the article says: what it names exists, and its figures are measured and hold."""

import concurrent.futures
import os
import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("harness", "bench", "replay")]

import measure
import readme
import subject
import trial

BOARD = "mps2-an386"
BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
TITLE = "What the article says, and where it is seen"
# A program with many small objects, and one that leaves newlib-nano's heap in pieces.
TRACES = ("mosq_sub", "busybox_ash")


def rows():
    lines = [line for line in readme.section(TITLE).splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def shown_figures():
    """What the README's `make bench` shows: {allocator: (instructions per small malloc, RAM over peak)}."""
    lines = next(output for command, output in readme.console_steps() if command.startswith("make bench"))
    figures = {}
    for name in ("ours", "newlib", "newlib-nano"):
        found = [re.match(rf"{name}  +([\d.,]+)", line) for line in lines]
        numbers = [match.group(1) for match in found if match]
        figures[name] = (numbers[0], numbers[-1])
    return figures


class Table(unittest.TestCase):
    def test_what_it_names_exists(self):
        self.assertEqual(len(rows()), 6)
        for _, _, seen in rows():
            for name in re.findall(r"`([^`]+)`", seen):
                if not name.startswith("make "):
                    self.assertTrue((REPOSITORY / name).is_file(), name)

    def test_its_figures_are_those_of_the_bench(self):
        shown = shown_figures()
        stated = {article: re.findall(r"[\d.]*\d\.\d+", here) for article, here, _ in rows()}
        for place, article in ((0, "faster with numerous small objects"), (1, "less fragmentation")):
            self.assertEqual(stated[article], [shown[name][place] for name in ("ours", "newlib", "newlib-nano")])


class Measured(unittest.TestCase):
    def test_pools_need_less_ram_and_fewer_instructions(self):
        """By the bench's own measure, anew: the smallest region, its allocator's static RAM included, and calls."""
        subjects = subject.subjects(BUILD, BOARD, "nano")
        wanted = [(name, trace) for trace in TRACES for name in ("ours", "nano")]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = dict(zip(wanted, pool.map(
                lambda pair: trial.Trial(BOARD, subjects[pair[0]], *measure.load_trace(pair[1])).result(),
                wanted)))
        for trace in TRACES:
            ours, nano = results["ours", trace], results["nano", trace]
            print(f"{trace}: RAM over peak {ours.ram_over_peak:.3f}, newlib-nano {nano.ram_over_peak:.3f}; "
                  f"instructions per malloc up to 512 bytes {ours.costs['malloc_small'].mean:.1f}, "
                  f"newlib-nano {nano.costs['malloc_small'].mean:.1f}")
            self.assertLess(ours.ram_over_peak, 0.8 * nano.ram_over_peak)
            self.assertLess(ours.costs["malloc_small"].mean, 0.6 * nano.costs["malloc_small"].mean)
            self.assertLess(ours.costs["free_small"].mean, nano.costs["free_small"].mean)


if __name__ == "__main__":
    unittest.main()
