# SPDX-License-Identifier: MIT
"""Firmwares from elsewhere, each built by its own makefile outside the tree, under both flags."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
INTEGRATION = REPOSITORY / "tests" / "integration"
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import foreign
import second_allocator
import user


def make(folder, *words):
    return subprocess.run(["make", *words], cwd=folder, env=user.environment(), capture_output=True,
                          text=True, check=False)


class Foreign:
    """The tests for one firmware; a TestCase besides."""

    name = image = machine = ""
    # What it prints under either flag, {} for the owner of a block.
    lines = ()

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name) / cls.name
        shutil.copytree(INTEGRATION / cls.name, cls.folder)
        (cls.folder / "obmalloc").symlink_to(REPOSITORY)
        cls.built = make(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.assertEqual((self.built.returncode, self.built.stderr), (0, ""))

    def test_both_flags(self):
        for flag, owner in ((1, "arena"), (0, "libc"), (1, "arena")):
            image = self.folder / self.image
            foreign.set_flag(image, flag)
            self.assertEqual(foreign.run_semihosted(self.machine, image).splitlines(),
                             [line.format(owner) for line in self.lines])

    def test_one_allocator(self):
        image = self.folder / self.image
        build = self.folder / "build" / "obmalloc"
        self.assertEqual(second_allocator.sentences(image, image.with_suffix(".map"), build / "libobmalloc.a",
                                                    build / "private_libc"), [])

    def refused(self, part, *words, source=""):
        copy = pathlib.Path(self.temporary.name) / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy, symlinks=True)
        (copy / self.image).unlink()
        (copy / "more.c").write_text(source)
        done = make(copy, *words)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(part, done.stderr)


class Picolibc(Foreign, unittest.TestCase):
    """picolibc's crt0, picolibc.ld, semihosting library."""

    name, image, machine = "picolibc", "logger.elf", "mps2-an385"
    lines = ("before main: {}", "list: {}", "name: {}", "asprintf: {}",
             "text: 7 samples from bat on, sum 3478", "too much: nobody, errno ENOMEM")

    def test_second_sbrk(self):
        self.refused("multiple definition of `sbrk'", "MORE=more.c -fno-builtin",
                     source="void *sbrk(int bytes);\nvoid *sbrk(int bytes) { (void)bytes; return 0; }\n")

    def test_second_malloc(self):
        self.refused("multiple definition of `free'", "MORE=more.c -fno-builtin",
                     source="void free(void *block);\nvoid free(void *block) { (void)block; }\n")

    def test_library_for_another_libc(self):
        """newlib's errno, as newlib's _sbrk_r wants it from _sbrk, is none of picolibc's."""
        for libc in ("nano", "newlib"):
            self.refused("non-TLS reference in build/obmalloc/libobmalloc.a(sbrk.o)", f"OBMALLOC_LIBC={libc}")

    def test_heap_without_room(self):
        script = (self.folder / "an385.ld").read_text()
        self.assertIn("__stack_size = 4k", script)
        copy = self.folder.with_name("tight")
        shutil.copytree(self.folder, copy, symlinks=True)
        (copy / "an385.ld").write_text(script.replace("__stack_size = 4k", "__stack_size = 63k"))
        self.assertIn("obmalloc: no RAM is left for the dynamic region", make(copy).stderr)


class Lto(Foreign, unittest.TestCase):
    """All of it under LTO, the allocator asked for LTO too."""

    name, image, machine = "lto", "out/blink.elf", "mps2-an386"
    lines = ("before main: {}", "malloc(2000): {}", "realloc to 4000: {}", "queue: {}", "text: 990.00",
             "contents: held")

    def test_library_for_another_libc(self):
        self.refused("errno: TLS reference in build/obmalloc/libobmalloc.a", "OBMALLOC_LIBC=picolibc")
        self.refused("required symbol `_cfree_r' not defined", "OBMALLOC_LIBC=nano")

    def test_the_firmware_is_compiled_for_lto(self):
        for name, is_lto in (("out/main.o", True), ("build/obmalloc/port/entry.o", False)):
            sections = subprocess.run(["arm-none-eabi-readelf", "-SW", self.folder / name], check=True,
                                      capture_output=True, text=True).stdout
            self.assertEqual(bool(re.search(r"\.gnu\.lto_", sections)), is_lto, name)


if __name__ == "__main__":
    unittest.main()
