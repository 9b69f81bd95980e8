# SPDX-License-Identifier: MIT
"""`make torture` runs every part there is, adds up, and is red when a part loses something or does not say so."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "torture"), str(REPOSITORY / "tests" / "harness")]

import torture
import user

GOOD = {"part": "good things", "tried": 1200, "unit": "tries", "lost": 0, "note": "all of them"}
BAD = {"part": "bad things", "tried": 7, "unit": "tries", "lost": 2, "note": "two got away"}
SKIPPED = {"part": "things of another day", "skipped": "not installed: nix"}


class Torture(unittest.TestCase):
    """Parts of a makefile of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.makefile = pathlib.Path(folder.name) / "Makefile"
        self.makefile.write_text("", "utf-8")

    def part(self, name, *printed, status=0):
        lines = "".join(f"\t@echo '{line if isinstance(line, str) else json.dumps(line)}'\n" for line in printed)
        end = f"\t@exit {status}\n" if status else ""
        with open(self.makefile, "a", encoding="utf-8") as file:
            file.write(f"torture-{name}: ## do {name}\n{lines}{end}")

    def run_parts(self, *words):
        return subprocess.run([sys.executable, str(REPOSITORY / "tests" / "torture" / "torture.py"), "--makefiles",
                               str(self.makefile), "--make", f"make -s -f {self.makefile}", *words],
                              capture_output=True, text=True, env=user.environment(), check=False)

    def test_all_held(self):
        self.part("good", "a line of its own", GOOD)
        self.part("also-good", {**GOOD, "part": "more", "tried": 34})
        done = self.run_parts()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("[1/2] good\n  a line of its own\n[2/2] also-good\n", done.stdout)
        self.assertRegex(done.stdout, r"good things +1,200 tries +0 +\d+ s  all of them\n")
        self.assertEqual(done.stdout.splitlines()[-1], "1,234 tried, 0 lost")
        self.assertNotIn('{"part"', done.stdout)

    def test_something_is_lost(self):
        self.part("bad", BAD, status=1)
        self.part("good", GOOD)
        done = self.run_parts()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"bad things +7 tries +2 +\d+ s  two got away\n")
        self.assertEqual(done.stdout.splitlines()[-1], "1,207 tried, 2 lost")

    def test_a_part_that_is_not_to_be_trusted_has_failed(self):
        for name, printed, status, sentence in (
                ("silent", (), 0, "it printed nothing"),
                ("mumbles", ("all well",), 0, "its last line is no JSON object: all well"),
                ("crashes", ("half",), 3, "its last line is no JSON object: half (status 2)"),
                ("lies", (GOOD,), 1, "it ended with status 2 and says that 0 were lost (status 2)"),
                ("smiles", (BAD,), 0, "it ended with status 0 and says that 2 were lost"),
                ("idles", ({**GOOD, "tried": 0},), 0, "it tried nothing"),
                ("talks", (GOOD, "good night"), 0, "its last line is no JSON object: good night"),
                ("uncounted", ({"part": "x", "lost": 0},), 0, "does not count what was tried and lost"),
                ("nameless", ("[]",), 0, "does not say which part it is"),
                ("hides", (SKIPPED,), 1, "and says that it was skipped")):
            with self.subTest(name):
                self.makefile.write_text("", "utf-8")
                self.part(name, *printed, status=status)
                done = self.run_parts()
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(sentence, " ".join(done.stdout.split()))
                self.assertEqual(done.stdout.splitlines()[-1], "0 tried, 0 lost, 1 of 1 parts failed")

    def test_skipped(self):
        self.part("skipped", SKIPPED)
        self.assertEqual(self.run_parts().returncode, 1, "nothing at all was tried")
        self.part("good", GOOD)
        done = self.run_parts()
        self.assertEqual(done.returncode, 0)
        self.assertIn("skipped: not installed: nix", done.stdout)
        self.assertEqual(done.stdout.splitlines()[-1], "1,200 tried, 0 lost, 1 of 2 parts skipped")

    def test_only(self):
        self.part("good", GOOD)
        self.part("bad", BAD, status=1)
        self.assertEqual(self.run_parts("--only", "go*", "nix").returncode, 0)
        done = self.run_parts("--only", "nix")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (2, "", "torture.py: no part is named 'nix'; the parts are: good bad\n"))


class Parts(unittest.TestCase):
    def test_those_of_make_help(self):
        done = subprocess.run(["make", "help"], cwd=REPOSITORY, env=user.environment(), capture_output=True, text=True,
                              check=True)
        listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  torture-")]
        self.assertEqual([f"torture-{part}" for part in torture.all_parts(torture.makefiles())], listed)
        for part in ("torture-fuzz", "torture-board-operations", "torture-soak"):
            self.assertIn(part, listed)

    def test_every_part_is_a_build_that_make_can_plan(self):
        """make -n builds nothing, but goes through all makefiles below and stops where a rule or a word is wrong."""
        targets = [f"torture-{part}" for part in torture.all_parts(torture.makefiles())]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["make", "-n", f"BUILD={folder}/build", *targets], cwd=REPOSITORY,
                                  env=user.environment(), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r" --jobs \d")
        self.assertNotRegex(done.stdout, r" --jobs(?! \d)")

    def test_make_torture(self):
        done = subprocess.run(["make", "torture", "ONLY=nix"], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("torture.py: no part is named 'nix'; the parts are: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
