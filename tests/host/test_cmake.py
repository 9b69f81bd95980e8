# SPDX-License-Identifier: MIT
"""CMake: a firmware in C++ that has the README's lines and nothing else of ours, by add_subdirectory and find_package.

tests/integration/cmake is copied out of the tree and built with its own linker script and start-up code, for a chip
that its author's generator knows, with Make and Ninja below CMake.
"""

import os
import pathlib
import re
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
class Firmware(unittest.TestCase):
    def setUp(self):
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

    def install(self, cpu, libc):
        prefix = self.folder / "prefix"
        done = run("make", "--no-print-directory", "install", f"BUILD={self.folder}/install", f"PREFIX={prefix}",
                   f"CPU={cpu}", f"LIBC={libc}", folder=REPOSITORY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return prefix

    def test_subdirectory(self):
        self.assertEqual(len(SUBDIRECTORY_LINES.splitlines()), 2)
        self.assert_runs(self.build("-DOBMALLOC_CPU=cortex-m4f"))
        self.same_library_as_make()

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

    @unittest.skipUnless(shutil.which("ninja"), "ninja is not installed; Debian: ninja-build")
    def test_package(self):
        prefix = self.install("cortex-m4f", "newlib")
        options = {"lines": PACKAGE_LINES, "generator": "Ninja",
                   "toolchain": prefix / "lib" / "cmake" / "obmalloc" / "toolchain.cmake"}
        image = self.build(f"-DCMAKE_PREFIX_PATH={prefix}", **options)
        self.assert_runs(image)
        self.assertEqual(run("arm-none-eabi-readelf", "-A", image).stdout.count("Tag_ABI_VFP_args: VFP registers"), 1)
        self.refused_packages(prefix, options)
        # It may move as a whole.
        prefix.rename(self.folder / "moved")
        options["toolchain"] = self.folder / "moved" / "lib" / "cmake" / "obmalloc" / "toolchain.cmake"
        self.build(f"-DCMAKE_PREFIX_PATH={self.folder / 'moved'}", **options)

    def refused_packages(self, prefix, options):
        self.assert_refused("it is compiled with -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16, and "
                            "CMAKE_C_FLAGS is '-mcpu=cortex-m4 -mthumb -mfloat-abi=soft'; ",
                            f"-DCMAKE_PREFIX_PATH={prefix}", "-DOBMALLOC_CPU=cortex-m4",
                            **{**options, "toolchain": TOOLCHAIN})
        flags = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 --specs=nano.specs"
        self.assert_refused("it is for newlib, and CMAKE_C_FLAGS says --specs=nano.specs",
                            f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_FLAGS={flags}", **options)
        for version in ("0.5", "1.0", "0.4.7"):
            self.assert_refused(f'that is compatible with requested version "{version}"',
                                f"-DCMAKE_PREFIX_PATH={prefix}",
                                **{**options, "lines": PACKAGE_LINES.replace("0.4", version)})

    def assert_refused(self, sentence, *words, **options):
        done = self.configure(*words, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(" ".join(sentence.split()), " ".join(done.stderr.split()))

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
