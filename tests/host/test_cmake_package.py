# SPDX-License-Identifier: MIT
"""CMake: a firmware in C++ finds what `make install` has put elsewhere, by find_package, with Ninja below CMake."""

import pathlib
import shutil
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

from cmake_firmware import Case, PACKAGE_LINES, TOOLCHAIN, run


class Package(Case):
    def install(self, cpu, libc):
        prefix = self.folder / "prefix"
        done = run("make", "--no-print-directory", "install", f"BUILD={self.folder}/install", f"PREFIX={prefix}",
                   f"CPU={cpu}", f"LIBC={libc}", folder=REPOSITORY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return prefix

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


if __name__ == "__main__":
    unittest.main()
