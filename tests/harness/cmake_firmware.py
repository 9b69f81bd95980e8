# SPDX-License-Identifier: MIT
"""Builds the firmware of tests/integration/cmake, out of the tree, with the README's lines and nothing else of ours."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import foreign
import readme
import user

REPOSITORY = foreign.REPOSITORY
FIRMWARE = REPOSITORY / "tests" / "integration" / "cmake"
MACHINE = "netduinoplus2"
SUBDIRECTORY_LINES = next((body for body in readme.blocks("cmake") if "add_subdirectory" in body), "")
PACKAGE_LINES = re.sub(r"add_subdirectory\(.*\)", "find_package(obmalloc 0.4 REQUIRED)", SUBDIRECTORY_LINES)
LINKER_LINE = next(body for body in readme.blocks("ld") if "obmalloc.ld" in body).strip()
TOOLCHAIN = REPOSITORY / "port" / "package" / "toolchain.cmake"
BLOCKS = ("static constructor", "new int", "new char[1000]", "new (nothrow) char[700]", "new, aligned",
          "string of 600", "vector of 20 int")


def owners(owner):
    return {**{block: owner for block in BLOCKS}, "contents": "held"}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    if text.count(f"\n{old}\n") != 1:
        raise AssertionError(f"{path.name} has {text.count(old)} lines '{old}'")
    path.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")


def run(*words, folder=None):
    return subprocess.run([*map(str, words)], cwd=folder, env=user.environment(), capture_output=True, text=True,
                          check=False)


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed; Debian: cmake")
class Case(unittest.TestCase):
    """A test with a folder of its own for the firmware."""

    def setUp(self):
        if foreign.no_cxx():
            self.skipTest(foreign.no_cxx())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, lines, extra=""):
        """The firmware's folder, with lines of ours in it."""
        folder = self.folder / "firmware"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(FIRMWARE, folder)
        (folder / "obmalloc").symlink_to(REPOSITORY)
        edit(folder / "CMakeLists.txt", "OBMALLOC_LINES", lines)
        edit(folder / "CMakeLists.txt", "EXTRA_LINES", extra)
        edit(folder / "STM32F405RGTx_FLASH.ld", "  HEAP_LINE", f"  {LINKER_LINE}")
        return folder

    def configure(self, *words, lines=SUBDIRECTORY_LINES, extra="", generator="Unix Makefiles", toolchain=TOOLCHAIN):
        folder = self.write(lines, extra)
        return run("cmake", "-S", folder, "-B", folder / "build", "-G", generator,
                   *([f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"] if toolchain else []), *words)

    def build(self, *words, **options):
        done = self.configure(*words, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = run("cmake", "--build", self.folder / "firmware" / "build", "--parallel", 2)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("warning: ", done.stdout + done.stderr)
        return self.folder / "firmware" / "build" / "firmware.elf"

    def assert_runs(self, image):
        for flag, owner in ((1, "arena"), (0, "libc"), (1, "arena")):
            foreign.set_flag(image, flag)
            self.assertEqual(foreign.run(MACHINE, image), owners(owner))

    def assert_refused(self, sentence, *words, **options):
        done = self.configure(*words, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(" ".join(sentence.split()), " ".join(done.stderr.split()))
