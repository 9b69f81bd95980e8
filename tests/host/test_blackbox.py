# SPDX-License-Identifier: MIT
# test-boards: lm3s6965evb microbit mps2-an505
"""The black box over some 300 resets of each kind, what it prints, and what it costs."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "board" / "host"), str(REPOSITORY / "port" / "host")]

import boards
import callers

BOARD = os.environ.get("BOARD") or "lm3s6965evb"
BUILD = os.environ.get("BUILD") or str(REPOSITORY / "build")
STAGES = ("power on", "after a reset that was meant", "after a fault", "after a reset without a word",
          "after a watchdog", "after three in a row", "healed", "damaged places", "a damaged header")
# Those that end by a fault or a watchdog say nothing more.
SILENT = ("after a reset that was meant", "after a reset without a word", "healed")
# port/MISUSE.md, "A black box": what it adds to malloc and free on ARMv7-M and up, and on ARMv6-M; bytes of RAM.
ADDED_MAX = 450 if BOARD == "microbit" else 215
RAM_BYTES_MAX = 760


def make(*words):
    done = subprocess.run(["make", "-s", "-C", REPOSITORY, f"BOARD={BOARD}", f"BUILD={BUILD}", *words],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)


def elf(name, variant=""):
    return f"{BUILD}/{BOARD}-nano{variant}/{name}.elf"


class BlackBox(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make("WATCH=blackbox", "blackbox-images")
        make("blackbox-images")
        cls.run_ = boards.run(BOARD, elf("blackbox", "-blackbox"), ["use_main_obmalloc=1"])

    def test_each_reset_is_told_from_the_others(self):
        self.assertEqual(self.run_.status, 0, self.run_.output)
        told = re.findall(r"^ok (.*)$", self.run_.output, re.MULTILINE)
        self.assertEqual(told, [stage for stage in STAGES if stage not in SILENT])
        self.assertIn("\ndone", self.run_.output)

    def test_the_print_names_who_called(self):
        text = callers.with_names(elf("blackbox", "-blackbox"), self.run_.output)
        fault = text[text.index("the last run ended with a fault"):]
        for wanted in (r"^  fault:   (?:UsageFault|HardFault), after operation 12\n"
                       r" +from 0x[0-9a-f]{8} +fault_here",
                       r"^  damage:  free: the block is free already, 0x[0-9a-f]{8}, after operation 11\n"
                       r" +from 0x[0-9a-f]{8} +do_damage",
                       r"^  12 operations, 0 blocks live, 1 failures, 1 calls refused$",
                       r"^           5 memalign      40 0x[0-9a-f]{8} from 0x[0-9a-f]{8} +work"):
            self.assertRegex(fault, re.compile(wanted, re.MULTILINE))

    def test_the_fall_back_is_told(self):
        self.assertIn("too many runs in a row have ended with a fault, so the C library serves everything",
                      self.run_.output)

    def test_flag_0_is_watched_too(self):
        text = self.run_.output
        at = text.index("fault 4 in a row")
        self.assertRegex(text[at:], r"16 operations, 2 blocks live, 2 failures")

    def test_cost(self):
        counts = {}
        for variant in ("", "-blackbox"):
            run = boards.run(BOARD, elf("blackbox_cost", variant), [], ["-icount", "shift=8"])
            counts[variant] = dict(re.findall(r"^(malloc|free) (\d+)$", run.output, re.MULTILINE))
        if not counts[""]:
            self.skipTest("the board has no tick that can tell instructions apart")
        for call in ("malloc", "free"):
            added = int(counts["-blackbox"][call]) - int(counts[""][call])
            self.assertGreater(added, 0)
            self.assertLessEqual(added, ADDED_MAX, call)

    def test_ram(self):
        listing = subprocess.run(["arm-none-eabi-nm", "-S", elf("blackbox", "-blackbox")], check=True,
                                 capture_output=True, text=True).stdout
        size = int(re.search(r"^\w+ (\w+) \w obmalloc_blackbox_memory$", listing, re.MULTILINE).group(1), 16)
        self.assertLessEqual(size, RAM_BYTES_MAX)
        without = subprocess.run(["arm-none-eabi-nm", elf("blackbox_cost")], check=True,
                                 capture_output=True, text=True).stdout
        self.assertNotIn("blackbox_", without)


if __name__ == "__main__":
    unittest.main()
