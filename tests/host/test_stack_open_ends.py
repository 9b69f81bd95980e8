# SPDX-License-Identifier: MIT
# test-boards: microbit
"""What the stack's reader counts, and what it says that it does not: recursion, pointers, frames of any size."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "port" / "host"))

from firmware import code, elf_file, stack

PROGRAM = """
#define APART __attribute__((noinline, noipa))
void _start(void), (*volatile hook)(int), use(void *bytes), deep(int n), far(void);
APART void use(void *bytes) { __asm__ volatile("" : : "r"(bytes) : "memory"); }
APART void deep(int n) { char kept[1024]; use(kept); if (n) use(&n); }
APART void shallow(void) { use(0); }
APART void two_ways(int n) { if (n) deep(n); else shallow(); use(&n); }
APART void itself(int n) { char kept[16]; use(kept); if (n) itself(n - 1); use(kept); }
APART void ping(int n); APART void pong(int n) { if (n) ping(n - 1); use(&n); }
APART void ping(int n) { if (n) pong(n - 1); use(&n); }
APART void any_size(int n) { char kept[n]; use(kept); }
APART void through_pointer(void) { hook(1); use(0); }
APART void on_the_way(void) { far(); use(0); }
APART void far(void) { char kept[64]; use(kept); deep(1); use(kept); }
APART int choice(int n) {
    switch (n) {
    case 0: deep(1); return 7;
    case 1: use(0); return 1;
    case 2: use(&n); return 12;
    case 3: shallow(); return 4;
    case 4: use(0); use(0); return 9;
    case 5: shallow(); use(0); return 8;
    }
    return n;
}
void _start(void) { two_ways(1); itself(3); ping(3); any_size(4); through_pointer(); on_the_way(); choice(3); }
"""


class Stack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.codes = {}
        with tempfile.TemporaryDirectory() as folder:
            source, image = pathlib.Path(folder) / "program.c", pathlib.Path(folder) / "program.elf"
            source.write_text(PROGRAM)
            # A switch is a table of addresses, a helper's, TBB.
            for cpu, level in (("cortex-m0", "-O2"), ("cortex-m0", "-Os"), ("cortex-m3", "-O2"), ("cortex-m33", "-Os")):
                subprocess.run(["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", level, "-nostdlib",
                                "-fno-optimize-sibling-calls", source, "-lgcc", "-o", image], check=True)
                cls.codes[cpu, level] = code.Code(elf_file.Firmware(image.read_bytes()))

    def each(self, name, **options):
        return [(functions, stack.Stack(functions, **options).worst(functions.named(name)))
                for functions in self.codes.values()]

    def test_the_deeper_of_two_ways(self):
        for functions, depth in self.each("two_ways"):
            deep = stack.Stack(functions).worst(functions.named("deep"))
            self.assertGreaterEqual(deep.bytes, 1024)
            self.assertGreater(depth.bytes, deep.bytes)
            self.assertLess(depth.bytes, deep.bytes + 64)
            self.assertIn("deep", [name for name, _ in depth.chain])
            self.assertEqual(depth.open_ends, set())

    def test_every_case_of_a_switch(self):
        for _, depth in self.each("choice"):
            self.assertGreater(depth.bytes, 1024)
            self.assertEqual(depth.open_ends, set())

    def test_recursion(self):
        for _, depth in self.each("itself"):
            self.assertEqual(depth.open_ends, {"recursion of itself"})
        for _, depth in self.each("ping"):
            self.assertEqual(depth.open_ends, {"recursion of ping, pong"})

    def test_frame_of_any_size(self):
        for _, depth in self.each("any_size"):
            self.assertEqual(depth.open_ends, {"a frame of unknown size in any_size"})

    def test_pointer(self):
        for _, depth in self.each("through_pointer"):
            self.assertEqual(depth.open_ends, {"what through_pointer calls through a pointer"})

    def test_left_out(self):
        for _, depth in self.each("on_the_way", without=("deep",)):
            self.assertGreater(depth.bytes, 64)
            self.assertLess(depth.bytes, 256)
        for _, depth in self.each("on_the_way"):
            self.assertGreater(depth.bytes, 1024)


if __name__ == "__main__":
    unittest.main()
