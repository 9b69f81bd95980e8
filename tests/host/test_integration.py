# SPDX-License-Identifier: MIT
"""The lines that the README gives to integrators, in a firmware that has nothing else of ours.

tests/integration/firmware is copied out of the tree, gets these lines, and is built by its own makefile with
its own linker script and start-up code, for a board that board/ does not have.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import foreign
import readme
import user

MACHINE = "mps2-an385"
MAKE_LINES = next(body for body in readme.blocks("make") if "obmalloc.mk" in body)
LINKER_LINE = next(body for body in readme.blocks("ld") if "obmalloc.ld" in body)
SBRK = "void *_sbrk(int bytes);\nvoid *_sbrk(int bytes) { (void)bytes; return (void *)-1; }\n"



def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise AssertionError(f"{path.name} holds '{old}' {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def make(folder, *words):
    """Builds what a bare `make` builds."""
    return subprocess.run(["make", "-f", "firmware.mk", *words], cwd=folder,
                          env=user.environment(), capture_output=True, text=True, check=False)


class Firmware(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.built.name)
        for path in foreign.FIRMWARE.iterdir():
            shutil.copy(path, folder)
        (folder / "obmalloc").symlink_to(REPOSITORY)
        edit(folder / "firmware.mk", "MAKE_LINES\n\nfirmware", MAKE_LINES + "\nfirmware")
        edit(folder / "firmware.ld", "HEAP_LINE", LINKER_LINE.strip())
        cls.first = make(folder)

    @classmethod
    def tearDownClass(cls):
        cls.built.cleanup()

    def setUp(self):
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        copy = tempfile.TemporaryDirectory()
        self.addCleanup(copy.cleanup)
        self.folder = pathlib.Path(copy.name) / "firmware"
        shutil.copytree(self.built.name, self.folder, symlinks=True)

    def build(self, *words):
        done = make(self.folder, *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def set_flag(self, flag):
        foreign.set_flag(self.folder / "firmware.elf", flag)

    def assert_owners(self, small, large):
        self.assertEqual(foreign.run(MACHINE, self.folder / "firmware.elf"),
                         foreign.owners(small, large))

    def test_lines_of_the_readme(self):
        self.assertEqual(len(MAKE_LINES.splitlines()) + len(LINKER_LINE.splitlines()), 5)
        self.assert_owners("arena", "arena")
        foreign.audit(self.folder / "firmware.elf")
        self.set_flag(0)
        self.assert_owners("libc", "libc")
        self.set_flag(1)
        self.assert_owners("arena", "arena")

    def test_arena_of_a_size(self):
        (self.folder / "firmware.elf").unlink()
        self.build("LDFLAGS=-nostartfiles -Wl,--defsym=__obmalloc_arena_size=0x8000 "
                   "$(OBMALLOC_LDFLAGS)")
        self.assert_owners("arena", "libc")
        self.set_flag(0)
        self.assert_owners("libc", "libc")

    def assert_refused(self, part, *words):
        (self.folder / "firmware.elf").unlink(missing_ok=True)
        done = make(self.folder, *words)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(part, done.stderr)

    def test_libc_is_the_one_that_is_linked(self):
        """A library for the other one is built anew, and does not link with this one."""
        self.assert_refused("required symbol `cfree' not defined", "OBMALLOC_LIBC=newlib")
        for name in ("main.o", "startup.o"):
            (self.folder / name).unlink()
        edit(self.folder / "firmware.mk", " --specs=nano.specs", "")
        self.build("OBMALLOC_LIBC=newlib")
        self.assert_owners("arena", "arena")
        self.assert_refused("required symbol `_cfree_r' not defined")

    def test_second_sbrk(self):
        (self.folder / "sbrk.c").write_text(SBRK)
        self.assert_refused("multiple definition of `_sbrk'", "MORE=sbrk.o")

    def test_second_malloc(self):
        (self.folder / "malloc.c").write_text("void free(void *block) { (void)block; }\n")
        self.assert_refused("multiple definition of `free'", "MORE=malloc.o",
                            "CFLAGS=-mcpu=cortex-m3 -mthumb --specs=nano.specs -fno-builtin")

    def test_cpu_not_set(self):
        self.assert_refused("OBMALLOC_CPU is not set", "OBMALLOC_CPU=")


if __name__ == "__main__":
    unittest.main()
