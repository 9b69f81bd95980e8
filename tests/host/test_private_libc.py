#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The private copy of libc's allocator, and that nothing of the original comes into an image beside it."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "board", "host"))

import boards  # noqa: E402

TOOL = os.path.join(REPOSITORY, "port", "host", "private_libc.py")
CPU = ["-mcpu=cortex-m4", "-mthumb"]
PREFIX = "arm-none-eabi-"


def tool_output(*command, **options):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, **options
    ).stdout.strip()


def libc_path(name):
    return tool_output(PREFIX + "gcc", *CPU, f"-print-file-name={name}")


def picolibc_path():
    """As the linker opens it; gcc does not tell."""
    folder = tempfile.TemporaryDirectory()
    with folder:
        trace = tool_output(
            PREFIX + "gcc", *CPU, "--specs=picolibc.specs", "-nostartfiles", "-Wl,-u,malloc,--trace",
            "-x", "c", os.devnull, "-o", os.path.join(folder.name, "nothing"), stderr=subprocess.DEVNULL
        )
    return next(line for line in trace.splitlines() if line.endswith("/libc.a"))


class PrivateLibc(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.output = os.path.join(self.folder, "out")

    def run_tool(self, libc, *words):
        return subprocess.run(
            [sys.executable, TOOL, "--libc", libc, "--output", self.output, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def check_refused(self, sentence, libc, *words):
        done = self.run_tool(libc, *words)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, f"^private_libc: .*{sentence}")
        self.assertEqual(done.stdout.count("\n"), 1, done.stdout)

    def own_archive(self, name, compile_more=()):
        """nano's archive, as a copy to be damaged, plus objects of our own."""
        path = os.path.join(self.folder, name)
        shutil.copy(libc_path("libc_nano.a"), path)
        for index, source in enumerate(compile_more):
            item = os.path.join(self.folder, f"more{index}.o")
            subprocess.run(
                [PREFIX + "gcc", *CPU, "-x", "c", "-c", "-", "-o", item],
                input=source,
                text=True,
                check=True,
            )
            subprocess.run([PREFIX + "ar", "q", path, item], check=True)
        return path

    def test_all_names_are_private(self):
        layers = {
            libc_path("libc.a"): "libc__malloc_r",
            libc_path("libc_nano.a"): "libc__malloc_r",
            picolibc_path(): "libc_posix_memalign",
        }
        self.assertEqual(len(layers), 3)
        for path, name in layers.items():
            with self.subTest(path):
                shutil.rmtree(self.output, ignore_errors=True)
                done = self.run_tool(path)
                self.assertEqual((done.returncode, done.stdout), (0, ""))
                with open(os.path.join(self.output, "members"), encoding="ascii") as file:
                    members = file.read().split()
                names = tool_output(PREFIX + "nm", "-g", *members)
                defined = set(re.findall(r"^[0-9a-f]{8} \w (\S+)$", names, re.MULTILINE))
                undefined = set(re.findall(r"^ +U (\S+)$", names, re.MULTILINE)) - defined
                self.assertIn("libc_malloc", defined)
                self.assertIn(name, defined)
                self.assertEqual([s for s in defined if not s.startswith("libc_")], [])
                self.assertEqual([s for s in undefined if "alloc" in s and "lock" not in s], [])

    def test_no_such_libc(self):
        self.check_refused("No such file.*installed for this compiler", "libc_missing.a")

    def test_no_archive(self):
        self.check_refused("is no ar archive", TOOL)

    def test_truncated_archive(self):
        path = self.own_archive("short.a")
        os.truncate(path, os.path.getsize(path) // 2 + 1)
        self.check_refused("archive ends|bad archive header", path)

    def test_missing_member(self):
        path = self.own_archive("less.a")
        subprocess.run([PREFIX + "ar", "d", path, "lib_a-nano-memalignr.o"], check=True)
        subprocess.run([PREFIX + "ar", "d", path, "lib_a-nano-malignr.o"], check=True)
        self.check_refused("no member defines _memalign_r", path)

    def test_missing_member_of_a_library_without_reentrant_layer(self):
        path = os.path.join(self.folder, "less.a")
        shutil.copy(picolibc_path(), path)
        subprocess.run([PREFIX + "ar", "d", path, "nano-malloc-mallinfo.c.o"], check=True)
        self.check_refused("no member defines mallinfo", path)

    def test_symbol_defined_twice(self):
        path = self.own_archive("twice.a", ["void _free_r(void) {}"])
        self.check_refused("_free_r is defined twice, by .* and more0.o", path)

    def test_strange_dependency(self):
        path = self.own_archive("strange.a", ["void other(void); void _free_r(void) { other(); }"])
        subprocess.run([PREFIX + "ar", "d", path, "lib_a-nano-freer.o"], check=True)
        self.check_refused("refers to other, which a private copy must not need", path)

    def test_objcopy_that_changes_code(self):
        script = os.path.join(self.folder, "objcopy")
        with open(script, "w", encoding="ascii") as file:
            file.write(
                f'#!/bin/sh\n{PREFIX}objcopy "$@" && '
                f'{PREFIX}objcopy --rename-section .text=.changed "$2"\n'
            )
        os.chmod(script, 0o755)
        self.check_refused("changed more than names", libc_path("libc_nano.a"), "--objcopy", script)

    def test_objcopy_missing(self):
        self.check_refused(
            "no-such-objcopy: not found", libc_path("libc_nano.a"), "--objcopy", "no-such-objcopy"
        )


class Images(unittest.TestCase):
    def test_no_image_holds_the_original_allocator(self):
        """libc's members of the allocator come from our archive only, never from libc's."""
        pattern = re.compile(
            r"libc(?:_nano)?\.a\((?:lib_a-(?:nano-)?(?:mallocr|freer|callocr|reallocr|malignr|malloc)\.o"
            r"|nano-malloc-(?:malloc|free|calloc|realloc|memalign|posix_memalign|mallinfo)\.c\.o)\)"
        )
        for libc in ("newlib", "nano", "picolibc"):
            folder = os.path.dirname(boards.image_path("mps2-an386", libc, "ownership"))
            maps = [
                path
                for path in glob.glob(os.path.join(folder, "*.map"))
                if not os.path.basename(path).startswith("stock_")
            ]
            self.assertGreater(len(maps), 10, f"no images in {folder}")
            for path in maps:
                with self.subTest(os.path.basename(path)), open(path, encoding="utf-8") as file:
                    self.assertEqual(pattern.findall(file.read()), [])

    def test_stock_image_does(self):
        """The pattern of the test above finds what it looks for."""
        for libc, member in (
            ("nano", "libc_nano.a(lib_a-nano-mallocr.o)"),
            ("picolibc", "libc.a(nano-malloc-malloc.c.o)"),
        ):
            path = boards.image_path("mps2-an386", libc, "stock_mix")[: -len("elf")] + "map"
            with open(path, encoding="utf-8") as file:
                self.assertIn(member, file.read())


if __name__ == "__main__":
    unittest.main()
