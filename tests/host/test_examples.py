# SPDX-License-Identifier: MIT
"""Whoever types what tests/examples/README.md shows finds the leak, what splits the heap, and the double free."""

import functools
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "tests" / "examples"
sys.path.insert(0, str(EXAMPLES))

import walk

LEAK, PINS, DOUBLE_FREE = "A leak", "A fragmented heap", "A double free"
# What a firmware prints that gives up, with status 1.
GIVES_UP = re.compile(r"out of memory|no memory for|the session says")
REPORT_BYTES = 4096


def place(source, text, after=""):
    """FILE:LINE of the only line, behind the one that `after` is in, that holds the text."""
    lines = (EXAMPLES / source).read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if after in line)
    found = [number + 1 for number, line in enumerate(lines) if text in line and number > start]
    assert found, (source, text)
    return f"{source}:{found[0]}"


LEAKING = place("gateway.c", "message->topic = need(malloc(")
PINNING = place("datalogger.c", "= need(malloc(sizeof *node))")
CLOSED_FIRST = place("doors.c", "session_close(session);", after="tries == PIN_TRIES")
CLOSED_AGAIN = place("doors.c", "session_close(sessions[door]);")


@functools.lru_cache(maxsize=None)
def run(command):
    return walk.run(command)


def number(pattern, text):
    return int(re.search(pattern, text).group(1).replace(",", ""))


def rows_below(head, text):
    """The table's rows below its head."""
    return text.split(head, 1)[1].splitlines()[1:]


class Walks(unittest.TestCase):
    """Each command is run once, in the README's order, which those of a walk need."""

    @classmethod
    def setUpClass(cls):
        cls.sections = walk.sections()
        for steps in cls.sections.values():
            for command, _ in steps:
                run(command)

    def printed(self, title, word):
        """What the commands of a walk print whose words include this one, in their order."""
        found = [run(command).stdout for command, _ in self.sections[title] if word in command.split()]
        self.assertTrue(found, f"no command of '{title}' has the word {word}")
        return found

    def test_readme_shows_what_is_printed(self):
        self.assertEqual(list(self.sections), [LEAK, PINS, DOUBLE_FREE])
        for title, steps in self.sections.items():
            self.assertLessEqual(len(steps), 6, title)
            for command, shown in steps:
                with self.subTest(command):
                    done = run(command)
                    walk.as_shown(command, shown, done.stdout)
                    gives_up = GIVES_UP.search(done.stdout) and command.split()[0:2] in (["make", "flash"], ["make", "record"])
                    self.assertEqual(done.returncode != 0, bool(gives_up), done.stderr)

    def test_readme_says_the_answers(self):
        text = walk.README.read_text(encoding="utf-8")
        for title, places in ((LEAK, [LEAKING]), (PINS, [PINNING]), (DOUBLE_FREE, [CLOSED_AGAIN, CLOSED_FIRST])):
            section = text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
            self.assertEqual(re.findall(r"`(\w+\.c:\d+)`", section), places)

    def test_leak_is_the_first_row_and_grows(self):
        rows = rows_below("allocated by", self.printed(LEAK, "leaks")[0])
        self.assertIn(f"({LEAKING})", rows[0])
        self.assertTrue(rows[0].endswith("GROWS"))
        self.assertEqual(sum(row.endswith("GROWS") for row in rows), 1)
        blocks, held, growth = (int(word.replace(",", "")) for word in rows[0].split()[:3])
        self.assertGreater(blocks, 100)
        self.assertGreater(growth, held // 3)

    def test_leak_is_gone(self):
        in_use = [int(count) for count in re.findall(r"(\d+) bytes in use", self.printed(LEAK, "IMAGE=gateway_fixed")[0])]
        self.assertEqual(len(in_use), 6)
        self.assertEqual(len(set(in_use[1:])), 1)
        made = run("make record BOARD=microbit IMAGE=gateway_fixed")
        self.assertEqual(made.returncode, 0, made.stderr)
        listed = run(made.stdout.splitlines()[-1].partition(": ")[2])
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertNotIn("GROWS", listed.stdout)
        self.assertNotIn(LEAKING, listed.stdout)

    def test_dump_says_that_the_heap_is_in_pieces(self):
        summary = self.printed(PINS, "dump")[0]
        self.assertGreater(number(r"free in all heaps +([\d,]+)", summary), 2 * REPORT_BYTES)
        self.assertLess(number(r"largest request now +([\d,]+)", summary), REPORT_BYTES)

    def test_pins_name_what_lies_between(self):
        text = self.printed(PINS, "pins")[0]
        self.assertIn(f"{REPORT_BYTES:,} bytes for send_report (", text)
        self.assertGreater(number(r"free ([\d,]+) bytes", text), 2 * REPORT_BYTES)
        self.assertLess(number(r"the largest ([\d,]+)\n", text), REPORT_BYTES)
        rows = rows_below("allocated by", text)
        self.assertIn(f"({PINNING})", rows[0])
        largest = [int(row.split()[2].replace(",", "")) for row in rows]
        self.assertGreater(largest[0], 2 * REPORT_BYTES)
        self.assertLess(max(largest[1:]), REPORT_BYTES, "others would do as well")

    def test_pins_agree_with_the_firmware(self):
        told = number(r"(\d+) bytes are free", self.printed(PINS, "record")[0])
        self.assertAlmostEqual(number(r"free ([\d,]+) bytes", self.printed(PINS, "pins")[0]), told, delta=16)

    def test_heap_is_whole(self):
        self.assertEqual(self.printed(PINS, "IMAGE=datalogger_fixed")[0].count("sent"), 12)
        made = run("make record BOARD=microbit IMAGE=datalogger_fixed")
        listed = run("make pins RECORDING=build/datalogger_fixed.obmr ELF=build/microbit-nano-record/datalogger_fixed.elf")
        self.assertEqual((made.returncode, listed.returncode), (0, 0), made.stderr + listed.stderr)
        self.assertIn("no request failed", listed.stdout)
        self.assertGreater(number(r"the largest ([\d,]+)\n", listed.stdout), 2 * REPORT_BYTES)
        self.assertNotIn(PINNING, listed.stdout)

    def test_double_free_harms_somebody_else(self):
        self.assertRegex(self.printed(DOUBLE_FREE, "USE_MAIN_OBMALLOC=0")[0], r"(\w+) opened door (\d), and the session says '(?!\1)")

    def test_double_free_is_named_with_both_callers(self):
        basic, full = (text for text in self.printed(DOUBLE_FREE, "IMAGE=doors") if "the session says" not in text)
        for text in (basic, full):
            self.assertIn("free: the block is free already\n", text)
            self.assertRegex(text, rf"\n +called from .*\({CLOSED_AGAIN}\)")
            self.assertRegex(text, r"doors: opened \d+ times\n$")
        self.assertRegex(full, rf"\n +freed from .*\({CLOSED_FIRST}\)")

    def test_double_free_is_gone(self):
        for text in self.printed(DOUBLE_FREE, "IMAGE=doors_fixed"):
            self.assertRegex(text, r"^doors: opened \d+ times\n$")


class Refusals(unittest.TestCase):
    """Of the tools that these walks have brought."""

    def pins(self, *words):
        return subprocess.run([sys.executable, REPOSITORY / "port/host/pins.py", *map(str, words)], capture_output=True,
                              text=True, check=False)

    def test_pins_of_what_is_no_recording(self):
        run("make record BOARD=microbit IMAGE=datalogger")
        recording = pathlib.Path(REPOSITORY, walk.build(), "datalogger.obmr")
        elf = pathlib.Path(REPOSITORY, walk.build(), "microbit-nano-record", "gateway.elf")
        with tempfile.TemporaryDirectory() as folder:
            cut = pathlib.Path(folder) / "cut.obmr"
            cut.write_bytes(recording.read_bytes()[:-1])
            for words, sentence in (([cut], "cut.obmr: is cut off"), (["nowhere"], "nowhere: No such file"),
                                    (["--elf", elf, recording], "was not recorded by the firmware")):
                done = self.pins(*words)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, rf"^pins\.py: .*{sentence}.*\n$")
        self.assertRegex(self.pins(recording).stdout, r"\n +9 +360 +[\d,]+  0x[0-9a-f]{8}\n")

    def test_make_pins_needs_a_recording(self):
        done = run("make pins")
        self.assertEqual(done.returncode, 2)
        self.assertIn("RECORDING is not set", done.stderr)


if __name__ == "__main__":
    unittest.main()
