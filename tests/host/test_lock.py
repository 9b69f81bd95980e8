# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""The lock policies from outside: what fails without one, what is refused, and that the adapters compile against
the kernels' own headers, where FREERTOS_KERNEL_PATH, CMSIS_6_PATH or THREADX_PATH says where these are."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "harness"), str(REPOSITORY / "board" / "host")]

import boards
import readme
import user

BOARD = "mps2-an386"
CC = "arm-none-eabi-gcc"
ICOUNT = ("-icount", "shift=8")
FAULT_STATUS = 70
IN_A_HANDLER = "refused: an interrupt handler allocates, and OBMALLOC_LOCK=hooks keeps threads apart only"
CPUS = {"M0": ("-mcpu=cortex-m0",), "M4F": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")}
FREERTOS_CONFIG = """
#define configCPU_CLOCK_HZ 25000000
#define configTICK_RATE_HZ 1000
#define configUSE_PREEMPTION 1
#define configMAX_PRIORITIES 5
#define configMINIMAL_STACK_SIZE 128
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configUSE_MALLOC_FAILED_HOOK 1
#define configHEAP_CLEAR_MEMORY_ON_FREE 1
#define configENABLE_MPU 0
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40
#define configKERNEL_INTERRUPT_PRIORITY 0xFF
#define INCLUDE_xTaskGetSchedulerState 1
"""


def run(image, lock, *words):
    path = boards.image_path(BOARD, "nano", image, lock=lock)
    return boards.run(BOARD, path, words, ICOUNT)


def compile_c(*words, text=""):
    return subprocess.run([CC, "-mthumb", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *words],
                          cwd=REPOSITORY, input=text, capture_output=True, text=True, check=False)


class Without(unittest.TestCase):
    def test_storm_fails(self):
        for flag in (0, 1):
            with self.subTest(flag=flag):
                done = run("test_lock_storm", "none", f"use_main_obmalloc={flag}")
                self.assertNotIn("ok storm", done.output)
                self.assertNotEqual(done.status, 0)


class Refused(unittest.TestCase):
    def test_handler_under_hooks(self):
        for kernel in ("freertos", "cmsis_rtos2", "threadx"):
            with self.subTest(kernel):
                done = run(f"test_lock_{kernel}", "hooks", "use_main_obmalloc=1", "refused=1")
                self.assertIn(f"note {IN_A_HANDLER}\n", done.output)
                self.assertIn("FAULT UsageFault", done.output)
                self.assertEqual(done.status, FAULT_STATUS)

    def assert_not_compiled(self, sentence, *words):
        done = compile_c("-Iport", "-Ipools", *words, "-x", "c", "-", text='#include "lock.h"\n')
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(sentence, done.stderr)

    def test_numbers(self):
        for ceiling in ("0", "0x100", "-1", ""):
            self.assert_not_compiled("OBMALLOC_LOCK_BASEPRI", "-mcpu=cortex-m3", f"-DOBMALLOC_LOCK_BASEPRI={ceiling}")
        for cpu in ("cortex-m0", "cortex-m23"):
            self.assert_not_compiled("this CPU has no BASEPRI", f"-mcpu={cpu}", "-DOBMALLOC_LOCK_BASEPRI=0x40")
        self.assert_not_compiled("exclude one another", "-mcpu=cortex-m3", "-DOBMALLOC_LOCK_PRIMASK",
                                 "-DOBMALLOC_LOCK_HOOKS")

    def assert_not_made(self, sentence, *words):
        done = subprocess.run(["make", "--no-print-directory", *words], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(sentence, done.stderr)

    def test_names(self):
        for lock in ("spin", "", "primask hooks", "%"):
            self.assert_not_made(f"LOCK is '{lock}'; it must be one of: none primask basepri hooks", "images",
                                 f"LOCK={lock}")
        with tempfile.TemporaryDirectory() as folder:
            install = ("install", f"BUILD={folder}", f"PREFIX={folder}/p", "CPU=cortex-m3", "LIBC=nano")
            self.assert_not_made("OBMALLOC_LOCK_BASEPRI is ''; with OBMALLOC_LOCK=basepri it must be", *install,
                                 "LOCK=basepri", "LOCK_BASEPRI=")
            self.assert_not_made("LOCK is 'spin'; it must be one of:", *install, "LOCK=spin")


class Installed(unittest.TestCase):
    def test_library_has_the_policy(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["make", "install", f"BUILD={folder}/build", f"PREFIX={folder}/p", "CPU=cortex-m4",
                            "LIBC=nano", "OPT=-Os", "LOCK=basepri", "LOCK_BASEPRI=0x60"], cwd=REPOSITORY, check=True,
                           env=user.environment(), capture_output=True)
            prefix = pathlib.Path(folder) / "p"
            listing = subprocess.run(["arm-none-eabi-objdump", "-d", "--disassemble=malloc", prefix / "lib" /
                                      "libobmalloc.a"], check=True, capture_output=True, text=True).stdout
            self.assertRegex(listing, r"#96\t.*\n.*msr\tBASEPRI_MAX")
            self.assertIn(" -DOBMALLOC_LOCK_BASEPRI=0x60\n", (prefix / "lib/pkgconfig/obmalloc.pc").read_text())
            self.assertTrue((prefix / "share/obmalloc/rtos/freertos.c").is_file())


class Page(unittest.TestCase):
    """The table of the policies in port/INTEGRATION.md says what the tests hold."""

    def test_figures(self):
        sweep = "".join(path.read_text() for path in (REPOSITORY / "tests/lock").glob("paths*.c"))
        budgets = re.findall(r"\{\"(?!libc|heap: create)[^\"]+\",\s*\w+,\s*\w+,\s*(\d+),\s*(\d+)\}", sweep)
        self.assertGreater(len(budgets), 35)
        longest = [max(map(int, column)) for column in zip(*budgets)]
        added = (REPOSITORY / "tests/lock/test_lock_budget.c").read_text()
        adds = re.findall(r"enum \{ MALLOC_ADDS = (\d+), FREE_ADDS = (\d+) \};", added)
        hooks, _, v6m, basepri, primask = (", ".join(pair) for pair in adds)
        text = readme.section("Threads and interrupts")
        rows = {row[0].strip("` ,"): row for row in (line.strip("|\n ").split(" | ") for line in text.splitlines())}
        self.assertEqual(rows["primask"][2:], [f"{primask} (ARMv6-M {v6m})", f"{longest[0]} (ARMv6-M {longest[1]})"])
        self.assertEqual(rows["basepri"][2:], [basepri, f"{longest[0]}, for these"])
        self.assertTrue(rows["hooks"][2].startswith(hooks))
        create = re.search(r"\{\"heap: create\",\s*\w+,\s*\w+,\s*(\d+),\s*(\d+)\}", sweep)
        self.assertIn(f"`obmalloc_heap_create`, {create.group(1)} (ARMv6-M {create.group(2)})", text)


class Kernels(unittest.TestCase):
    """Each adapter for each CPU, with and without its lock."""

    def folder(self, variable):
        path = os.environ.get(variable)
        if not path:
            self.skipTest(f"{variable} is not set: the adapter is compiled over a stand-in only")
        return pathlib.Path(path)

    def compile_adapter(self, name, cpu, folders, *words):
        for defines in ((), ("-DOBMALLOC_LOCK_HOOKS",)):
            with self.subTest(name, cpu=cpu, defines=defines):
                done = compile_c(*CPUS[cpu], *defines, *words, "-Iport", "-Ipools", f"port/rtos/{name}.c",
                                 *(f"-isystem{folder}" for folder in folders))
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_freertos(self):
        kernel = self.folder("FREERTOS_KERNEL_PATH")
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "FreeRTOSConfig.h").write_text(FREERTOS_CONFIG)
            for cpu, port in (("M0", "ARM_CM0"), ("M4F", "ARM_CM4F")):
                self.compile_adapter("freertos", cpu, (folder, kernel / "include", kernel / "portable" / "GCC" / port))

    def test_cmsis_rtos2(self):
        include = self.folder("CMSIS_6_PATH") / "CMSIS" / "RTOS2" / "Include"
        for cpu in CPUS:
            self.compile_adapter("cmsis_rtos2", cpu, (include,))
            self.compile_adapter("cmsis_rtos2", cpu, (include,), "-DOBMALLOC_CMSIS_RTOS2_MUTEX_BYTES=28")

    def test_threadx(self):
        kernel = self.folder("THREADX_PATH")
        for cpu, port in (("M0", "cortex_m0"), ("M4F", "cortex_m4")):
            self.compile_adapter("threadx", cpu, (kernel / "common" / "inc", kernel / "ports" / port / "gnu" / "inc"))


if __name__ == "__main__":
    unittest.main()
