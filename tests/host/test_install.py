# SPDX-License-Identifier: MIT
"""make install: a firmware that has pkg-config's words and nothing else of ours, for two CPUs and two libraries.

The firmware of tests/integration is built outside the tree; both machines have the board that its start-up
code is written for, one with a CPU that runs the M0+'s code too.
"""

import concurrent.futures
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

CC = "arm-none-eabi-gcc"
CXX = "arm-none-eabi-g++"
CXX_FIRMWARE = REPOSITORY / "tests" / "integration" / "cmake"
LIBCS = ("nano", "newlib")
MACHINES = {"cortex-m0plus": "mps2-an385", "cortex-m4": "mps2-an386"}
PAIRS = [(cpu, libc) for cpu in MACHINES for libc in LIBCS]
# The README's lines; those in front of them install, which is done here for each pair.
COMPILER_LINES = [line for body in readme.blocks("sh") if "pkg-config" in body
                  for line in body.splitlines(True) if line.startswith(CC)]
LINKER_LINE = next(body for body in readme.blocks("ld") if "obmalloc.ld" in body).strip()
# What each name must lead to: the folder of the C library that the compiler chooses by the flags.
MULTILIBS = {
    "cortex-m0": "v6-m/nofp", "cortex-m0plus": "v6-m/nofp", "cortex-m3": "v7-m/nofp",
    "cortex-m4": "v7e-m/nofp", "cortex-m4f": "v7e-m+fp/hard", "cortex-m7": "v7e-m/nofp",
    "cortex-m7f": "v7e-m+fp/hard", "cortex-m7d": "v7e-m+dp/hard", "cortex-m23": "v8-m.base/nofp",
    "cortex-m33": "v8-m.main/nofp", "cortex-m33f": "v8-m.main+fp/hard",
    "cortex-m55": "v8-m.main/nofp", "cortex-m55f": "v8-m.main+dp/hard",
}


def make(*words):
    return subprocess.run(["make", "--no-print-directory", *map(str, words)], cwd=REPOSITORY,
                          env=user.environment(), capture_output=True, text=True, check=False)


def install(folder, prefix, *words):
    """Objects are built in a folder of the test: those of the user's build directory stay as they are."""
    return make("install", f"BUILD={folder}/build", f"PREFIX={prefix}", *words)


def words_of(prefix, *words, sysroot=""):
    environment = {"PATH": os.environ["PATH"], "PKG_CONFIG_LIBDIR": f"{prefix}/lib/pkgconfig"}
    if sysroot:
        environment["PKG_CONFIG_SYSROOT_DIR"] = str(sysroot)
    return subprocess.run(["pkg-config", *words, "obmalloc"], env=environment, check=True,
                          capture_output=True, text=True).stdout.split()


def contents(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)

        def install_pair(pair):
            cpu, libc = pair
            return install(cls.path, cls.prefix(cpu, libc), f"CPU={cpu}", f"LIBC={libc}", "OPT=-Os")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cls.done = list(pool.map(install_pair, PAIRS))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def prefix(cls, cpu, libc):
        return cls.path / f"prefix-{cpu}-{libc}"

    def setUp(self):
        for done in self.done:
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def firmware(self, cpu, libc):
        """Returns the image, compiled and linked with pkg-config's words."""
        folder = self.path / f"firmware-{cpu}-{libc}"
        if folder.exists():
            return folder / "firmware.elf"
        shutil.copytree(foreign.FIRMWARE, folder)
        script = folder / "firmware.ld"
        script.write_text(script.read_text().replace("HEAP_LINE", LINKER_LINE))
        prefix = self.prefix(cpu, libc)
        main = folder / "main.c"
        main.write_text(main.read_text().replace("_Bool obmalloc_owns(const void *address);",
                                                 "#include <obmalloc.h>\n#include <Python.h>"))
        subprocess.run(["sh", "-e"], input="".join(COMPILER_LINES), cwd=folder, check=True, text=True,
                       env={**os.environ, "PKG_CONFIG_LIBDIR": f"{prefix}/lib/pkgconfig"})
        return folder / "firmware.elf"

    def test_firmware_runs_under_both_flags(self):
        self.assertEqual(len(COMPILER_LINES), 2)
        for cpu, libc in PAIRS:
            with self.subTest(cpu=cpu, libc=libc):
                image = self.firmware(cpu, libc)
                foreign.audit(image)
                for flag, owner in ((1, "arena"), (0, "libc"), (1, "arena")):
                    foreign.set_flag(image, flag)
                    self.assertEqual(foreign.run(MACHINES[cpu], image),
                                     foreign.owners(owner, owner))

    def test_cxx_and_lto(self):
        """g++ puts its library behind ours, and an LTO program shows no reference to malloc: --cflags and --libs do."""
        if foreign.no_cxx():
            self.skipTest(foreign.no_cxx())
        for libc in LIBCS:
            for lto in ([], ["-flto"]):
                with self.subTest(libc=libc, lto=lto):
                    folder = self.path / f"cxx-{libc}{len(lto)}"
                    shutil.copytree(CXX_FIRMWARE, folder)
                    script = folder / "STM32F405RGTx_FLASH.ld"
                    script.write_text(script.read_text().replace("HEAP_LINE", LINKER_LINE))
                    words = words_of(self.prefix("cortex-m4", libc), "--cflags", "--libs")
                    cflags = words_of(self.prefix("cortex-m4", libc), "--cflags")
                    # Under LTO the linker learns too late that the C library wants the system calls. Without
                    # --gc-sections the full C++ library wants a source of entropy.
                    subprocess.run([CC, *cflags, "-O2", "-c", "Core/system.c"], cwd=folder, check=True)
                    done = subprocess.run(
                        [CXX, "-O2", "-std=c++17", "-fno-exceptions", "-Wl,--gc-sections", *lto, "Core/startup_stm32f405xx.s",
                         "Core/main.cpp", "system.o", *words, "-T", script.name, "-o", "firmware.elf"],
                        cwd=folder, capture_output=True, text=True, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    for flag, owner in ((1, "arena"), (0, "libc")):
                        foreign.set_flag(folder / "firmware.elf", flag)
                        blocks = foreign.run("netduinoplus2", folder / "firmware.elf")
                        self.assertEqual(blocks.pop("contents"), "held")
                        self.assertEqual(set(blocks.values()), {owner})

    def test_cpu_is_that_of_the_library(self):
        for (cpu, libc), architecture in zip(PAIRS, ("v6S-M", "v6S-M", "v7E-M", "v7E-M")):
            listing = subprocess.run(
                ["arm-none-eabi-readelf", "-A", self.prefix(cpu, libc) / "lib" / "libobmalloc.a"],
                check=True, capture_output=True, text=True).stdout
            self.assertEqual(set(re.findall(r"Tag_CPU_arch: (\S+)", listing)), {architecture})

    def test_the_other_library_does_not_link(self):
        prefix = self.prefix("cortex-m4", "nano")
        folder = self.firmware("cortex-m4", "nano").parent
        words = [word for word in words_of(prefix, "--cflags", "--libs") if "specs" not in word]
        self.assertEqual(words, words_of(prefix, "--define-variable=specs=", "--cflags", "--libs"))
        done = subprocess.run([CC, "-nostartfiles", "main.o", "startup.o", *words, "-T", "firmware.ld",
                               "-o", "other.elf"], cwd=folder, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("_cfree_r", done.stderr)

    def test_headers_need_no_others(self):
        for cpu, libc in PAIRS[:1]:
            prefix = self.prefix(cpu, libc)
            self.assertTrue(all(path.stat().st_mode & 0o777 == 0o644
                                for path in prefix.rglob("*") if path.is_file()))
            for header in ("obmalloc.h", "obmalloc_heap.h", "obmalloc_ledger.h", "Python.h"):
                for language in ("c", "c++"):
                    subprocess.run([CC, *words_of(prefix, "--cflags"), "-x", language, "-include", header,
                                    "-fsyntax-only", "/dev/null"], check=True)

    def test_again_changes_nothing(self):
        cpu, libc = PAIRS[0]
        prefix = self.prefix(cpu, libc)
        before = contents(prefix)
        done = install(self.path, prefix, f"CPU={cpu}", f"LIBC={libc}", "OPT=-Os")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(contents(prefix), before)

    def test_destdir(self):
        """Everything lies below DESTDIR, and nothing says so."""
        cpu, libc = PAIRS[0]
        stage, prefix = self.path / "stage", self.path / "not-here"
        done = install(self.path, prefix, f"CPU={cpu}", f"LIBC={libc}", "OPT=-Os", f"DESTDIR={stage}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(prefix.exists())
        staged = contents(pathlib.Path(f"{stage}{prefix}"))
        pc_file = pathlib.Path("lib/pkgconfig/obmalloc.pc")
        self.assertIn(f"prefix={prefix}\n", staged[pc_file].decode())
        plain = contents(self.prefix(cpu, libc))
        self.assertEqual(staged.keys(), plain.keys())
        self.assertEqual([name for name in staged if staged[name] != plain[name]], [pc_file])
        self.assertFalse([name for name in staged if str(stage).encode() in staged[name]])

    def test_no_path_of_the_repository(self):
        for name, data in contents(self.prefix(*PAIRS[0])).items():
            self.assertNotIn(str(REPOSITORY).encode(), data, name)


class Names(unittest.TestCase):
    def test_cpus(self):
        lines = "".join(f"$(info {cpu} $(call obmalloc_cpu_flags,{cpu}))" for cpu in MULTILIBS)
        done = subprocess.run(["make", "-f", "-", "-s"], cwd=REPOSITORY, env=user.environment(),
                              input=f"include port/package/cpu.mk\n{lines}$(info all $(obmalloc_cpus))\nall:;",
                              capture_output=True, text=True, check=True)
        flags = {name: words for name, *words in map(str.split, done.stdout.splitlines())}
        self.assertEqual(sorted(flags.pop("all")), sorted(MULTILIBS))
        for cpu, words in flags.items():
            found = subprocess.run([CC, *words, "-print-multi-directory"], check=True,
                                   capture_output=True, text=True).stdout.strip()
            self.assertEqual(found, f"thumb/{MULTILIBS[cpu]}", cpu)

    def refused(self, sentence, *words):
        with tempfile.TemporaryDirectory() as folder:
            done = install(folder, f"{folder}/prefix", *words)
            self.assertNotEqual(done.returncode, 0)
            lines = [line for line in done.stderr.splitlines() if not line.startswith("make: *** [")]
            self.assertEqual((done.stdout, len(lines)), ("", 1), done.stderr)
            self.assertIn(sentence, lines[0])
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_refusals(self):
        for cpu in ("cortex-a9", "", "%", "cortex-m%", "cortex-m3 cortex-m4"):
            self.refused(f"CPU is '{cpu}'; it must be one of: cortex-m0 cortex-m0plus", f"CPU={cpu}")
        self.refused("LIBC is 'glibc'; it must be one of: ", "CPU=cortex-m3", "LIBC=glibc")
        for prefix in ("", "a b"):
            self.refused(f"PREFIX is '{prefix}'; it must be one folder", "CPU=cortex-m3",
                         f"PREFIX={prefix}")


if __name__ == "__main__":
    unittest.main()
