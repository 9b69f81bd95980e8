# SPDX-License-Identifier: MIT
"""The firmware of tests/integration/matrix for a covering set of CPUs, C libraries, compiler flags and languages.

The library is installed by `make install` once for each row, and the firmware built with pkg-config's words.
For each row: nothing of the C library's allocator is in the image beside the private copy, nor in that of a
firmware which names nothing of ours; and under either flag the firmware finds every block where the flag wants it.
"""

import collections
import concurrent.futures
import functools
import itertools
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCES = REPOSITORY / "tests" / "integration" / "matrix"

import foreign
import second_allocator
import user

PREFIX = "arm-none-eabi-"
Target = collections.namedtuple("Target", "architecture float machine")
# QEMU has neither an M0+ of this size nor an M23: a CPU that has all of their instructions stands in.
TARGETS = {
    "cortex-m0": Target("v6-M", "soft", "mps2-an385"),
    "cortex-m3": Target("v7-M", "soft", "mps2-an385"),
    "cortex-m4": Target("v7E-M", "soft", "mps2-an386"),
    "cortex-m4f": Target("v7E-M", "hard", "mps2-an386"),
    "cortex-m23": Target("v8-M.base", "soft", "mps2-an505"),
    "cortex-m33": Target("v8-M.main", "soft", "mps2-an505"),
    "cortex-m33f": Target("v8-M.main", "hard", "mps2-an505"),
}
MEMORY = {"mps2-an505": ("0x10000000", "0x38000000")}
MEMORY_OF_OTHERS = ("0x0", "0x20000000")
LIBCS = ("newlib", "nano", "picolibc")
OPTS, LTOS, LANGUAGES = ("-Os", "-O2"), ("", "-flto"), ("c", "c++")
# libstdc++_nano has been built without exceptions: a throw, operator new's among them, ends in abort().
CXX_WORDS = {"newlib": [], "nano": ["-l:libstdc++.a"], "picolibc": []}

Row = collections.namedtuple("Row", "cpu libc opt lto language")


def combinations_of(row):
    """What a row covers: every pair of values, and the triples of library, LTO and language."""
    architecture, float_abi, _ = TARGETS[row.cpu]
    values = [("architecture", architecture), ("float", float_abi), ("libc", row.libc),
              ("opt", row.opt), ("lto", row.lto), ("language", row.language)]
    pairs = set(map(frozenset, itertools.combinations(values, 2)))
    return pairs | {frozenset((values[2], values[4], values[5]))}


def all_combinations():
    rows = itertools.product(TARGETS, LIBCS, OPTS, LTOS, LANGUAGES)
    return set().union(*(combinations_of(Row(*row)) for row in rows))


def covering_rows():
    """One row for each CPU and library, the other values so that every combination is among the rows."""
    choices = list(itertools.product(OPTS, LTOS, LANGUAGES))
    wanted = all_combinations()
    for seed in itertools.count():
        generator = random.Random(seed)
        rows, covered = [], set()
        for cpu, libc in itertools.product(TARGETS, LIBCS):
            generator.shuffle(choices)
            row = max((Row(cpu, libc, *choice) for choice in choices),
                      key=lambda row: len(combinations_of(row) - covered))
            rows.append(row)
            covered |= combinations_of(row)
        if covered == wanted:
            return rows
    raise AssertionError("not reached: the search ends at the first set that covers all")


ROWS = covering_rows()


def run(*command, **options):
    """Returns what the command prints. Raises AssertionError with its complaints iff it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} failed with status {done.returncode}:\n{done.stderr}")
    return done.stdout


def name_of(row):
    words = [row.cpu, row.opt.strip("-"), *(["lto"] if row.lto else []), row.language.replace("+", "x")]
    return "_".join(words).replace("-", "_")


class Firmware:
    """One row: the installed library in `prefix`, the image in `image`. Raises AssertionError if it cannot be built."""

    def __init__(self, row, folder):
        self.row = row
        self.folder = folder / name_of(row)
        self.folder.mkdir()
        self.prefix = self.folder / "prefix"
        self.name_image("firmware")

    def name_image(self, name):
        self.image = self.folder / f"{name}.elf"
        self.map = self.folder / f"{name}.map"

    def install(self):
        row = self.row
        run("make", "--no-print-directory", "install", f"BUILD={self.folder}/build",
            f"PREFIX={self.prefix}", f"CPU={row.cpu}", f"LIBC={row.libc}", f"OPT={row.opt}",
            cwd=REPOSITORY, env=user.environment())

    def pkg_config(self, *words):
        environment = {"PATH": os.environ["PATH"],
                       "PKG_CONFIG_LIBDIR": str(self.prefix / "lib" / "pkgconfig")}
        return run("pkg-config", *words, "obmalloc", env=environment).split()

    @property
    def flags(self):
        return [self.row.opt, *filter(None, [self.row.lto]), "-g0", "-Wall", "-Wextra", "-Werror"]

    def compile(self, source, language, *words):
        found = self.folder / f"{source}.o"
        run(PREFIX + "gcc", *self.flags, *self.pkg_config("--cflags"), *words, "-x", language, "-c",
            SOURCES / source, "-o", found)
        return found

    @functools.cached_property
    def objects(self):
        start = self.compile("start.c", "c")
        if self.row.language == "c":
            return [start, self.compile("main.c", "c")]
        return [start, self.compile("main.c", "c", "-DWITH_CXX"), self.compile("cxx.cpp", "c++")]

    @functools.cached_property
    def bare_objects(self):
        return [self.objects[0], self.compile("bare.c", self.row.language)]

    def link(self, objects, words):
        """words: those for the library."""
        machine = TARGETS[self.row.cpu].machine
        rom, ram = MEMORY.get(machine, MEMORY_OF_OTHERS)
        is_cxx = self.row.language == "c++"
        run(PREFIX + ("g++" if is_cxx else "gcc"), *self.flags, "-nostartfiles", *objects,
            *(CXX_WORDS[self.row.libc] if is_cxx else []), *words, f"-L{self.prefix}/lib",
            f"-Wl,--defsym=rom_start={rom},--defsym=ram_start={ram},-Map={self.map}",
            "-T", SOURCES / "matrix.ld", "-o", self.image)

    def build(self):
        self.install()
        self.name_image("bare")
        self.link(self.bare_objects, self.pkg_config("--cflags", "--libs"))
        self.bare_has = self.second_allocator()
        self.name_image("firmware")
        self.link(self.objects, self.pkg_config("--cflags", "--libs"))
        return self

    def boot(self, flag):
        """Returns what the firmware prints. Raises AssertionError unless it ends with status 0."""
        foreign.set_flag(self.image, flag)
        return foreign.run_semihosted(TARGETS[self.row.cpu].machine, self.image)

    def second_allocator(self):
        (private,) = self.folder.glob("build/install/*/private_libc")
        return second_allocator.sentences(self.image, self.map, self.prefix / "lib" / "libobmalloc.a", private)


def lacks_cxx(libc):
    """Returns why C++ cannot be linked with the library, or None."""
    package = {"picolibc": "libstdc++-arm-none-eabi-picolibc"}.get(libc, "libstdc++-arm-none-eabi-newlib")
    specs = {"newlib": [], "nano": ["--specs=nano.specs"], "picolibc": ["--specs=picolibc.specs"]}[libc]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "probe.cpp"
        source.write_text("#include <new>\nint *probe() { return new int; }\n")
        done = subprocess.run(
            [PREFIX + "g++", "-mcpu=cortex-m4", "-mthumb", *specs, "-nostartfiles", source,
             "-Wl,--trace,-e,0", "-o", f"{folder}/probe.elf"], capture_output=True, text=True, check=False)
    folders = {name: os.path.dirname(line) for line in done.stdout.splitlines()
               for name in ("libstdc++", "libc") if re.search(rf"/{re.escape(name)}(_nano)?\.a$", line)}
    # Without picolibc's own, the compiler falls back on newlib's.
    if len(folders) == 2 and len(set(map(os.path.realpath, folders.values()))) == 1:
        return None
    return f"{package} is not installed"


def cases(libc):
    """Returns a TestCase with a case for each row of this library."""

    class Matrix(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.folder = tempfile.TemporaryDirectory()
            cls.lacks_cxx = lacks_cxx(libc)

            def build(row):
                if row.language == "c++" and cls.lacks_cxx:
                    return None
                try:
                    return Firmware(row, pathlib.Path(cls.folder.name)).build()
                except AssertionError as error:
                    return error

            rows = [row for row in ROWS if row.libc == libc]
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                cls.firmwares = dict(zip(rows, pool.map(build, rows)))

        @classmethod
        def tearDownClass(cls):
            cls.folder.cleanup()

        def firmware(self, row):
            found = self.firmwares[row]
            if found is None:
                self.skipTest(self.lacks_cxx)
            if isinstance(found, AssertionError):
                raise found
            return found

        def check_row(self, row):
            firmware = self.firmware(row)
            print(f"note matrix: {row.cpu} ({', '.join(TARGETS[row.cpu][:2])}), {libc}, {row.opt}, "
                  f"{'with' if row.lto else 'without'} LTO, {row.language}")
            self.assertEqual((firmware.second_allocator(), firmware.bare_has), ([], []))
            for flag in (1, 0):
                lines = firmware.boot(flag).splitlines()
                self.assertEqual((lines[0], lines[-1]), (f"flag {flag}", "end"))
                self.assertEqual([line for line in lines if line.startswith("FAIL")], [])
                count = sum(line.startswith("ok ") for line in lines)
                self.assertEqual(count, 28 if row.language == "c++" else 13)

        def test_every_pair_of_values_is_among_all_rows(self):
            """Counted another way than the search does."""
            values = [(*TARGETS[row.cpu][:2], *row[1:]) for row in ROWS]
            possible = [(*TARGETS[row[0]][:2], *row[1:])
                        for row in itertools.product(TARGETS, LIBCS, OPTS, LTOS, LANGUAGES)]
            for first, second in itertools.combinations(range(len(values[0])), 2):
                self.assertEqual({(row[first], row[second]) for row in values},
                                 {(row[first], row[second]) for row in possible})

        def test_the_c_librarys_own_allocator_is_found(self):
            """Red without our library: the proof can fail."""
            row = next(row for row, firmware in self.firmwares.items() if isinstance(firmware, Firmware))
            firmware = self.firmware(row)
            firmware.name_image("stock")
            try:
                # What the firmware asks of obmalloc.h, a heap of its own, and what newlib lacks.
                names = ["obmalloc_owns", "obmalloc_boot_report", "obmalloc_check", "obmalloc_statistics"]
                names += ["sbrk"] if libc == "picolibc" else ["_sbrk", "posix_memalign"]
                stand_ins = [f"--defsym={name}=say" for name in names]
                firmware.link(firmware.objects, [*firmware.pkg_config("--cflags"), "-Wl," + ",".join(stand_ins)])
                found = firmware.second_allocator()
            finally:
                firmware.name_image("firmware")
            for kind in ("is the C library's own", "is linked"):
                self.assertTrue([line for line in found if line.endswith(kind)], found)
            self.assertIn("libc_malloc is not there", found)

    for row in ROWS:
        if row.libc == libc:
            def test(self, row=row):
                self.check_row(row)
            setattr(Matrix, f"test_{name_of(row)}", test)
    Matrix.__qualname__ = "Matrix"
    return Matrix
