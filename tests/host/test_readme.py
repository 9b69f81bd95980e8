# SPDX-License-Identifier: MIT
"""README.md and its pages: what they name exists, what they quote is in the sources, and what they show has today's form.

Figures may lag behind; `make readme` runs the shown commands again.
"""

import pathlib
import re
import shlex
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in
                ("tests/harness", "tests/replay", "board/host")]

import measure
import readme
import user
from measure import boards

TEXT = readme.text_of(readme.PAGES)
PROSE = readme.FENCED.sub("", TEXT)
LICENCE = re.compile(r"^.*SPDX-License-Identifier.*\n", re.MULTILINE)
# Without sources of their own.
UNLISTED = {".ci", "build"}


def help_text():
    return subprocess.run(["make", "help"], cwd=REPOSITORY, env=user.environment(), check=True,
                          capture_output=True, text=True).stdout


def anchors(page):
    """Its headings as links name them."""
    headings = re.findall(r"^#+ (.*)$", readme.FENCED.sub("", readme.text_of([page])), re.MULTILINE)
    return [re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def table_rows(text):
    """The cells of a table's rows, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def form(text):
    """Text without its numbers, and without the spaces that align them."""
    return [" ".join(re.sub(r"[\d.,]*\d", "N", line).split()) for line in text.splitlines()]


def make_commands():
    """All `make ...` commands of the README, as words."""
    commands = [command for command, _ in readme.console_steps()]
    commands += re.findall(r"`(make [^`]*)`", PROSE.replace("\n", " "))
    return [shlex.split(command.partition(" | ")[0])[1:] for command in commands
            if command.startswith("make ")]


class Commands(unittest.TestCase):
    def test_targets_are_in_help(self):
        targets = {line.split()[0] for line in help_text().splitlines() if line.startswith("  ")}
        named = [words[0] for words in make_commands()]
        self.assertLessEqual({"run", "test", "flash", "flag", "debug", "help"}, set(named))
        self.assertLessEqual(set(named), targets)

    def test_variables_have_values_that_exist(self):
        makefile = "".join(path.read_text(encoding="utf-8") for path in
                           (REPOSITORY / "Makefile", *REPOSITORY.glob("tests/*/*.mk")))
        for words in make_commands():
            for word in words[1:]:
                name, _, value = word.partition("=")
                with self.subTest(word):
                    self.assertTrue(f"$({name})" in makefile, "the Makefile does not read it")
                    if name == "BOARD":
                        self.assertIn(value, boards.names())
                    elif name == "TRACE":
                        self.assertIn(value, measure.known_traces())
                    elif name == "USE_MAIN_OBMALLOC":
                        self.assertIn(value, ("0", "1"))
                    elif name == "LIBC":
                        self.assertIn(value, ("nano", "newlib"))
                    elif name == "IMAGE":
                        stem = pathlib.PurePath(value).stem
                        found = list(REPOSITORY.glob(f"tests/*/{stem}.c"))
                        self.assertEqual(len(found), 1)

    def test_ci_does_what_a_newcomer_does(self):
        script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
        done = [line for line in script.splitlines() if line.startswith("make")]
        self.assertEqual(done, [command for command, _ in readme.console_steps()[:2]])

    def test_links_lead_somewhere(self):
        for page in [*readme.PAGES, *REPOSITORY.glob("tests/*/README.md")]:
            for target in re.findall(r"\]\(([^)]+)\)", readme.FENCED.sub("", readme.text_of([page]))):
                file, _, heading = target.partition("#")
                with self.subTest(page=str(page), target=target):
                    led_to = page.parent / file if file else page
                    self.assertTrue(led_to.exists())
                    if heading:
                        self.assertIn(heading, anchors(led_to))

    def test_pages_are_reached(self):
        """From README.md, over links."""
        reached, left = set(), [readme.README]
        while left:
            page = left.pop()
            reached.add(page)
            links = re.findall(r"\]\(([^)#]+\.md)", readme.text_of([page]))
            left += {(page.parent / link).resolve() for link in links} - reached
        self.assertLessEqual(set(readme.PAGES), reached)


class Shown(unittest.TestCase):
    """What the commands printed has the lines and columns of what they print now."""

    def shown(self, command):
        return next(output for found, output in readme.console_steps() if found == command)

    def test_make_run(self):
        elf = boards.image_path("mps2-an386", "nano", "replay")
        done = subprocess.run([sys.executable, REPOSITORY / "tests" / "replay" / "run.py",
                               "--board", "mps2-an386", "--elf", elf],
                              check=True, capture_output=True, text=True)
        self.assertEqual(form("\n".join(self.shown("make run"))), form(done.stdout))

    def test_make_test(self):
        lines = self.shown("make test")
        self.assertEqual(lines[0], readme.LEFT_OUT)
        self.assertEqual(lines[1].split()[0], "passed")
        self.assertEqual([line.split()[0] for line in lines[2:-2]], ["PC", *boards.names()])
        self.assertRegex(lines[-1], r"^\d+ passed, 0 failed(, \d+ skipped)?$")

    def test_every_command_shows_something(self):
        for command, output in readme.console_steps():
            with self.subTest(command):
                self.assertNotIn(output, ([], [readme.LEFT_OUT]))

    def test_no_paths_of_a_machine(self):
        self.assertNotRegex(TEXT, r"/(home|root|work|usr|Users)/")


class Quoted(unittest.TestCase):
    def test_example_of_the_article(self):
        example = next(body for body in readme.blocks("c") if "Python.h" in body)
        for name in ("seed_one.c", "seed_zero.c"):
            source = (REPOSITORY / "tests" / "target" / name).read_text(encoding="utf-8")
            for line in example.splitlines():
                if name == "seed_zero.c":
                    line = re.sub(r"= 1;.*", "= 0;", line)
                if line and "main(" not in line:
                    self.assertIn(line, source)

    def test_files_of_a_board(self):
        for path in re.findall(r"`((?:board|linker)/mps2-an386[./][^`]+)`", TEXT):
            with self.subTest(path):
                content = LICENCE.sub("", (REPOSITORY / path).read_text(encoding="utf-8"))
                self.assertTrue(content in readme.blocks({"mk": "make"}.get(path[-2:],
                                                                            path.split(".")[-1])))

    def test_names_of_the_api(self):
        headers = "".join(path.read_text(encoding="utf-8")
                          for path in REPOSITORY.glob("port/**/*.[h]"))
        sources = headers + "".join(path.read_text(encoding="utf-8")
                                    for pattern in ("port/*.mk", "port/*.c", "linker/*.ld")
                                    for path in REPOSITORY.glob(pattern))
        names = set(re.findall(r"\b(?:obmalloc_\w+|__obmalloc_\w+|__use_\w+|OBMALLOC_\w+|Py_\w+)",
                               TEXT))
        self.assertGreater(len(names), 12)
        self.assertEqual([name for name in sorted(names)
                          if not re.search(rf"\b{name}\b", sources)], [])


class Tables(unittest.TestCase):
    def test_boards(self):
        rows = table_rows(readme.section("Boards"))
        self.assertEqual([row[0] for row in rows], boards.names())
        for name, cpu, ram, trace in rows:
            with self.subTest(name):
                values = boards.Board(name).values
                self.assertIn(cpu.lower(), values["BOARD_CPU"])
                script = (REPOSITORY / "linker" / f"{name}.ld").read_text(encoding="utf-8")
                self.assertIn(f"__ram_bytes = {ram};", script)
                self.assertEqual(trace, values.get("BOARD_TRACE", "lua_json"))

    def test_figures_of_the_budgets(self):
        """The paths' counts in the text are those that the tests hold the allocator to."""
        table = (REPOSITORY / "tests" / "budget" / "table.inc").read_text(encoding="utf-8")
        text = " ".join(readme.section("What it costs").split())
        named = {"malloc_fast": r"malloc (\d+), free", "free_fast": r"free (\d+) instructions",
                 "worst_malloc_small": r"above (\d+) for malloc",
                 "worst_free_small": r"(\d+) for its free",
                 "worst_malloc_large": r"(\d+) and \d+ for larger",
                 "worst_free_large": r"\d+ and (\d+) for larger"}
        for name, pattern in named.items():
            with self.subTest(name):
                budget = re.search(rf"\w+\({name},\s*\d+,\s*(\d+)", table)
                self.assertEqual(re.search(pattern, text).group(1), budget.group(1))

    def test_map_of_the_folders(self):
        """Each folder named exists, and each that holds files is named, itself or one above it."""
        listed = [name for row in table_rows(readme.section("What is where"))
                  for name in re.findall(r"`([^`]+)`", row[0])]
        for name in listed:
            self.assertTrue((REPOSITORY / name).is_dir(), name)
        for path in sorted(REPOSITORY.glob("*/")) + sorted((REPOSITORY / "tests").glob("*/")):
            name = str(path.relative_to(REPOSITORY))
            if not path.is_dir() or name in UNLISTED or name == "tests" or name[0] == ".":
                continue
            if any(file.is_file() and "__pycache__" not in file.parts for file in path.rglob("*")):
                self.assertIn(name, listed)


if __name__ == "__main__":
    unittest.main()
