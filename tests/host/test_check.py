# SPDX-License-Identifier: MIT
"""Static analysis, short: pools/ and port/ in one build; and each tool finds a bug that is planted for it.

`make check` looks at everything in four builds, and runs clang-tidy over it.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CHECK = REPOSITORY / "tests" / "check"

CLEAN = """// SPDX-License-Identifier: MIT
#include "planted.h"

int planted(int value) {
    return value;
}
"""
HEADER = "int planted(int value);\n"
# What only one tool is to find, as the body of planted().
PLANTED = {
    "arm-none-eabi-gcc": ("""
    int *word = value > 3 ? &value : (int *)0;
    return *word;
""", "Wanalyzer-null-dereference"),
    "clang-tidy": ("""
    if (value > 3) {
        return 1;
    } else if (value > 3) {
        return 2;
    }
    return 0;
""", "clang-analyzer|bugprone|misc-redundant|readability-else-after-return"),
    "cppcheck": ("""
    goto end;
end:
    return value;
""", r"\[15\.1\]"),
}


def run(folder, *words):
    command = [sys.executable, str(folder / "tests" / "check" / "check.py"), "--build", str(folder / "build"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f"{' '.join(missing)} is not installed; Debian: clang-tidy cppcheck")


class Sources(unittest.TestCase):
    def check(self, program):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(CHECK / "check.py"), "--build", folder, "--fast", "--only", program]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_gcc_analyzer(self):
        self.check("arm-none-eabi-gcc")

    @needs("cppcheck")
    def test_misra(self):
        self.check("cppcheck")


class Planted(unittest.TestCase):
    """A tree of one file, with and without a bug."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copytree(CHECK, self.folder / "tests" / "check")
        shutil.copy(REPOSITORY / ".clang-tidy", self.folder)
        self.source = self.folder / "pools" / "planted.c"
        self.source.parent.mkdir()
        self.source.write_text(CLEAN)
        (self.folder / "pools" / "planted.h").write_text(HEADER)

    def finds(self, program):
        words = ("--fast", "--only", program)
        done = run(self.folder, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        body, rule = PLANTED[program]
        self.source.write_text(CLEAN.replace("\n    return value;\n", body))
        done = run(self.folder, *words)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, rf"pools/planted\.c:\d+: .*({rule})")
        self.assertRegex(done.stderr, r"check\.py: \d+ to put right")

    @needs("arm-none-eabi-gcc")
    def test_gcc_analyzer(self):
        self.finds("arm-none-eabi-gcc")

    @needs("clang-tidy")
    def test_clang_tidy(self):
        self.finds("clang-tidy")

    @needs("cppcheck")
    def test_misra(self):
        self.finds("cppcheck")

    @needs("cppcheck")
    def test_deviation_that_nothing_needs(self):
        table = self.folder / "tests" / "check" / "deviations.txt"
        table.write_text("15.1 pools/*.c there is a goto in it\n")
        done = run(self.folder, "--only", "cppcheck")
        self.assertEqual(done.returncode, 1)
        self.assertIn("deviations.txt:1: no finding of rule 15.1 needs this deviation", done.stdout)
        self.source.write_text(CLEAN.replace("\n    return value;\n", PLANTED["cppcheck"][0]))
        done = run(self.folder, "--only", "cppcheck")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @needs("cppcheck")
    def test_deviation_without_reason(self):
        (self.folder / "tests" / "check" / "deviations.txt").write_text("15.1 * because\n")
        done = run(self.folder, "--only", "cppcheck")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a deviation is RULE WHERE REASON", done.stderr)


if __name__ == "__main__":
    unittest.main()
