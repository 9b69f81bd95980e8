# SPDX-License-Identifier: MIT
"""Which sources are looked at, and as what they are compiled: each file in each build where it belongs."""

import glob
import os

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEWLIB_HEADERS = "/usr/include/newlib"
PICOLIBC_HEADERS = "/usr/lib/picolibc/arm-none-eabi/include"


class Build:
    """A way to compile the allocator: a CPU, a C library, further macros."""

    def __init__(self, name, cpu, libc, defines=(), macros=()):
        self.name = name
        self.cpu = cpu
        self.libc = libc
        self.defines = [f"-D{define}" for define in ("TEST_REGION_BYTES=65536", *defines)]
        self.board = "microbit" if cpu == "cortex-m0" else "mps2-an386"
        self.macros = macros  # what this compiler predefines, for a tool that is none

    @property
    def includes(self):
        """Where this repository's headers are."""
        return ["-Ipools", "-Iport", "-Iport/cpython", "-Iboard", "-Itests"]

    @property
    def gcc_flags(self):
        """For arm-none-eabi-gcc."""
        specs = {"nano": ["--specs=nano.specs"], "newlib": [], "picolibc": ["--specs=picolibc.specs"]}[self.libc]
        return [f"-mcpu={self.cpu}", "-mthumb", "-std=gnu11", "-fno-builtin", *specs, *self.includes, *self.defines]

    @property
    def clang_flags(self):
        """For clang's tools: its own headers, and those of the C library."""
        headers = PICOLIBC_HEADERS if self.libc == "picolibc" else NEWLIB_HEADERS
        return ["--target=arm-none-eabi", f"-mcpu={self.cpu}", "-mthumb", "-mfloat-abi=soft", "-std=gnu11",
                "-Wno-unknown-attributes", "-isystem", headers, *self.includes, *self.defines]

    def holds(self, path):
        """True iff the file is compiled in this build: some are a C library's or a policy's only."""
        name = os.path.basename(path)
        if name.startswith("host_"):
            return False
        if os.path.dirname(os.path.dirname(path)) == "board":
            return os.path.basename(os.path.dirname(path)) == self.board
        for libc in ("nano", "newlib", "picolibc"):
            if name == f"libc_block_{libc}.c":
                return libc == self.libc
        if path.startswith(("port/guard/", "port/watch/")):
            return "-DOBMALLOC_TRAPPED" in self.defines
        if name in ("newlib.c", "newlib_stats.c", "syscalls_newlib.c") or name.startswith("libc_reserve"):
            return self.libc != "picolibc"
        if name in ("picolibc.c", "syscalls_picolibc.c"):
            return self.libc == "picolibc"
        if name == "picolibc_lock.c":
            return self.libc == "picolibc" and "-DOBMALLOC_LOCK_PRIMASK" in self.defines
        return True


COMPILER = ("__GNUC__=12", "__STDC_VERSION__=201112L", "UINTPTR_MAX=0xFFFFFFFFu")
V7M = ("__arm__=1", "__thumb__=1", "__thumb2__=1", "__ARM_FEATURE_UNALIGNED=1", "__ARM_FEATURE_CLZ=1",
       "__ARM_ARCH=7", "__ARM_ARCH_ISA_THUMB=2", *COMPILER)
V6M = ("__arm__=1", "__thumb__=1", "__ARM_ARCH=6", "__ARM_ARCH_ISA_THUMB=1", *COMPILER)

# Every tier and every watcher (obmalloc.mk), and the C library's heap guarded and with a reserve.
ALL_OPTIONS = ("POOLS_IN_C", "POOLS_LINKS_ENCODED", "OBMALLOC_GUARDED", "OBMALLOC_TRAPPED", "OBMALLOC_WATCH_BLACKBOX",
               "OBMALLOC_WATCH_RECORD", "OBMALLOC_WATCH_SITES", "OBMALLOC_WATCH_STATISTICS",
               'POOLS_READY_HEADER="watch/ready_counts.h"', "OBMALLOC_GUARD_LIBC", "OBMALLOC_LIBC_RESERVE_BYTES=4096",
               "OBMALLOC_LOCK_PRIMASK")

# The C of pools/ that assembly stands in for on ARMv7-M is looked at, too: POOLS_IN_C.
BUILDS = {
    build.name: build
    for build in (
        Build("v7-M nano", "cortex-m4", "nano", macros=V7M),
        Build("v7-M newlib in C", "cortex-m3", "newlib", ("POOLS_IN_C", "OBMALLOC_LOCK_BASEPRI=0x40"), V7M),
        Build("v7-M nano, all options", "cortex-m4", "nano", ALL_OPTIONS, V7M),
        Build("v6-M picolibc", "cortex-m0", "picolibc", ("OBMALLOC_LOCK_PRIMASK",), V6M),
    )
}


def files(folders):
    """The C sources of these folders, without what is below them; sorted."""
    found = []
    for folder in folders:
        found += glob.glob(os.path.join(REPOSITORY, folder, "*.c"))
    return sorted(os.path.relpath(path, REPOSITORY) for path in found)


# What ships, and the board's own part.
FAST = ("pools", "port")
PRODUCT = ("pools", "port", "port/cpython", "port/guard", "port/watch", "board", "board/mps2-an386", "board/microbit")
TESTS = ("tests/replay", "tests/harness", "tests/adversary")
