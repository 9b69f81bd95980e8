# SPDX-License-Identifier: MIT
"""CMake: a firmware in C++ takes this repository in by add_subdirectory, with the README's two lines.

The firmware has its own linker script and start-up code, for a chip that its author's generator knows.
"""

import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

from cmake_firmware import Case, SUBDIRECTORY_LINES, run


class Subdirectory(Case):
    def test_subdirectory(self):
        self.assertEqual(len(SUBDIRECTORY_LINES.splitlines()), 2)
        self.assert_runs(self.build("-DOBMALLOC_CPU=cortex-m4f"))
        self.same_library_as_make()
        self.geometry_reaches_the_library()
        self.watchers_reach_the_library()

    def same_library_as_make(self):
        """Neither files nor flags of the two go their own ways: each function and variable has the same size."""
        makefile = self.folder / "Makefile"
        makefile.write_text(
            "OBMALLOC_CPU := $(shell make -s -f obmalloc/port/package/cpu_flags.mk CPU=cortex-m4f)\n"
            "OBMALLOC_CFLAGS := -O2\ninclude obmalloc/port/obmalloc.mk\nall: $(OBMALLOC_LIB)\n")
        (self.folder / "obmalloc").symlink_to(REPOSITORY)
        done = run("make", "-j2", "all", folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        tables = []
        for library in ("build/obmalloc/libobmalloc.a", "firmware/build/obmalloc/libobmalloc.a"):
            listing = subprocess.run(["arm-none-eabi-nm", "-S", self.folder / library], check=True,
                                     capture_output=True, text=True).stdout
            tables.append(sorted(re.findall(r"^[0-9a-f]{8} ([0-9a-f]{8}) (\w) (\w+)$", listing, re.MULTILINE)))
        self.assertGreater(len(tables[0]), 100)
        self.assertEqual(*tables)

    def geometry_reaches_the_library(self):
        header = self.folder / "geometry.h"
        header.write_text('_Static_assert(0, "the header of the test");\n')
        build = self.folder / "firmware" / "build"
        self.assertEqual(run("cmake", f"-DOBMALLOC_GEOMETRY={header}", build).returncode, 0)
        done = run("cmake", "--build", build, "--target", "obmalloc")
        self.assertIn('static assertion failed: "the header of the test"', done.stdout + done.stderr)

    def watchers_reach_the_library(self):
        build = self.folder / "firmware" / "build"
        self.assertEqual(run("cmake", "-DOBMALLOC_GEOMETRY=", "-DOBMALLOC_WATCH=record;statistics",
                             "-DOBMALLOC_LOCK=primask", "-DOBMALLOC_GUARD_LIBC=1", build).returncode, 0)
        done = run("cmake", "--build", build, "--target", "obmalloc")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        symbols = run("arm-none-eabi-nm", "--defined-only", next(build.rglob("libobmalloc.a"))).stdout
        for name in ("obmalloc_record_to", "obmalloc_totals", "ready_counts"):
            self.assertRegex(symbols, rf"(?m) [TB] {name}$")
        self.assertNotIn(" obmalloc_sites", symbols)
        code = run("arm-none-eabi-objdump", "-d", next(build.rglob("libobmalloc.a"))).stdout
        self.assertIn("cpsid\ti", code)

    def test_specs_of_the_firmware(self):
        """A firmware that chooses its C library itself, and everything under LTO."""
        flags = "-mcpu=cortex-m4 -mthumb"
        # Under LTO the linker learns too late that the C library wants the system calls.
        extra = ("set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)\n"
                 "set_source_files_properties(Core/system.c PROPERTIES COMPILE_OPTIONS -fno-lto)")
        image = self.build("-DOBMALLOC_CPU=cortex-m4", f"-DCMAKE_C_FLAGS={flags} --specs=nano.specs",
                           f"-DCMAKE_CXX_FLAGS={flags} --specs=nano.specs", f"-DCMAKE_ASM_FLAGS={flags}",
                           "-DCMAKE_BUILD_TYPE=MinSizeRel", extra=extra)
        self.assert_runs(image)

    def test_refusals(self):
        self.assert_refused("OBMALLOC_CPU is 'cortex-a9'; it must be one of: cortex-m0 cortex-m0plus",
                            "-DOBMALLOC_CPU=cortex-a9")
        self.assert_refused("OBMALLOC_CPU is ''; it must be one of: ")
        self.assert_refused("CMAKE_C_FLAGS is ''; it must hold the CPU's flags, e.g. -mcpu=cortex-m4 -mthumb",
                            "-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
                            "-DCMAKE_CXX_COMPILER=arm-none-eabi-g++", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
                            toolchain=None)
        self.assert_refused("OBMALLOC_LIBC is 'glibc'; it must be newlib", "-DOBMALLOC_CPU=cortex-m3",
                            "-DOBMALLOC_LIBC=glibc")
        self.assert_refused("OBMALLOC_LIBC is 'newlib', but CMAKE_C_FLAGS says --specs=nano.specs",
                            "-DOBMALLOC_CPU=cortex-m3", "-DOBMALLOC_LIBC=newlib",
                            "-DCMAKE_C_FLAGS=-mcpu=cortex-m3 -mthumb --specs=nano.specs")


if __name__ == "__main__":
    unittest.main()
