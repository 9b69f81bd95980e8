# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386
"""gdb's command `heap` on a running board, against what the firmware tests/gdb/known_heap.c says of itself."""

import json
import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "gdb")]

from known_heap import STOP, Told, at_stop, gdb_run, image_of, row_of, stripped
from heap_image import open_firmware

LIBCS = ("newlib", "nano", "picolibc")
DAMAGE_COUNT = 150
TO_JSON = ["python import heap, json", "python print('json ' + json.dumps(heap.as_json(current_image())))"]


class Live(unittest.TestCase):
    """On a running QEMU."""

    def check_json(self, told, seen):
        arena = [heap for heap in seen["heaps"] if heap["name"] == "arena"]
        if told.stat["boot", "flag"]:
            self.assertEqual(arena[0]["statistics"], told.sums("arena"))
        else:
            self.assertEqual(arena, [])
        further = seen["heaps"][-1]
        live = told.sums("further").pop("live_blocks")
        self.assertEqual({**further["statistics"], "live_blocks": live}, told.sums("further"))
        self.assertEqual(self.blocks_of(further["chunks"]), told.further)
        in_main = self.blocks_of(arena[0]["chunks"] if arena else [])
        self.assertEqual(in_main, {address: count for address, count in told.blocks.items()
                                   if arena and address >= told.stat["boot", "arena"]})
        self.check_libc(told, seen)
        self.assertEqual(seen["sentence"], told.sentence)
        self.assertEqual(seen["region"], [told.stat["boot", "start"], told.stat["boot", "end"]])
        for name in ("free_bytes", "never_used_bytes", "failure_count", "overflow_small_to_libc",
                     "overflow_large_to_arena"):
            self.assertEqual(seen[name], told.stat["main", name], name)
        self.assertEqual(seen["misuse_count"], [told.stat["misuse", str(kind)] for kind in range(6)])
        self.assertEqual(seen["findings"], [])

    def check_libc(self, told, seen):
        libc = seen["libc"]
        self.assertEqual(libc["used_bytes"], told.stat["main", "libc_used_bytes"])
        self.assertEqual(libc["end"] - libc["start"], told.stat["main", "libc_heap_bytes"])
        in_libc = {address for address in told.blocks if libc["start"] <= address < libc["end"]}
        live = [chunk for chunk in libc["chunks"] if chunk["state"] == "live"]
        for address in in_libc:  # a block that alignment moved up starts within its chunk
            self.assertTrue(any(chunk["address"] < address < chunk["address"] + chunk["bytes"] for chunk in live))
        if told.stat["boot", "flag"]:
            self.assertEqual(len(live), told.stat["main", "libc_used_blocks"])
        self.assertGreater(len(in_libc), 0)

    def check_leaks(self, told, leaks):
        head, titles, first, *rest = leaks.splitlines()
        self.assertRegex(head, r"to 3 of \d+ bytes leads no pointer")
        self.assertEqual(titles.split()[:4], ["lost", "blocks", "bytes", "each"])
        self.assertEqual(sum(int(line.split()[0]) for line in [first, *rest] if re.match(r" +\d+ +\d", line)), 3)
        self.assertIn(int(first.split()[4], 16), told.lost)
        sensors = [line.split() for line in rest if line.endswith("thermometer")]
        self.assertEqual(sum(int(words[1]) for words in sensors), 4)
        self.assertEqual({words[0] for words in sensors}, {"-"})

    @staticmethod
    def blocks_of(chunks):
        return {chunk["block"]: chunk["block_bytes"] for chunk in chunks if chunk["state"].startswith("live")}

    def test_all_that_the_target_says(self):
        for libc in LIBCS:
            for flag in (1, 0):
                with self.subTest(libc=libc, flag=flag):
                    told, (_, seen, leaks) = at_stop(image_of(libc), [*TO_JSON, "heap leaks"], flag)
                    self.check_json(told, json.loads(seen[len("json "):]))
                    self.check_leaks(told, leaks)

    def test_a_stripped_firmware(self):
        for libc in LIBCS:
            with self.subTest(libc=libc), stripped(image_of(libc)) as image:
                self.assertEqual(open_firmware(image).symbols, [])
                told, parts = at_stop(image, TO_JSON)
                self.check_json(told, json.loads(parts[-1][len("json "):]))


class Commands(unittest.TestCase):
    """What each command prints, of one moment of one run."""

    PLAIN = ["heap", "heap pools", "heap class 72", "heap leaks", "heap map 8", "help heap", "help heap block",
             "heap block known_heap_last_freed", "heap block sensors[2]", "heap block &obmalloc_heap", "heap block $pc",
             "heap block further_heap", "heap block of_further_heap[1]", "heap block obmalloc_heap.end - 8"]
    # At last: it changes the heap.
    LARGEST = [f"break *{STOP}", "set known_heap_again = 1", "python largest = current_image().largest_request()",
               "python gdb.execute(f'set known_heap_request = {largest + 64}')", "continue",
               "python gdb.execute(f'set known_heap_request = {largest}')", "continue"]

    @classmethod
    def setUpClass(cls):
        told, _ = at_stop(image_of("nano"), [])
        blocks = [f"heap block {address + offset:#x}" for address in list(told.blocks)[::4] for offset in (0, 3)]
        commands = [*cls.PLAIN, *blocks, *cls.LARGEST]
        cls.told, parts = at_stop(image_of("nano"), commands)
        cls.seen = dict(zip(commands, parts))
        cls.served = re.findall(r"^served (\d)$", "\n".join(parts), re.MULTILINE)

    def test_summary(self):
        lines, told = self.seen["heap"].splitlines(), self.told
        self.assertTrue(lines[0].endswith(f"latched: {told.sentence}"))
        arena = told.sums("arena")
        self.assertEqual(row_of(lines, "arena"), [arena["region_bytes"]])
        self.assertEqual(row_of(lines, "  its map"), [arena["map_bytes"]])
        self.assertEqual(row_of(lines, "  live, up to 512 bytes"), [arena["small_used_bytes"], arena["small_used_blocks"]])
        self.assertEqual(row_of(lines, "  freed, ready in pools"), [arena["pool_ready_bytes"], arena["pool_ready_blocks"]])
        self.assertEqual(row_of(lines, "  free "), [arena["free_bytes"], arena["free_chunks"]])
        self.assertEqual(row_of(lines, "  live, larger", 1),
                         [told.stat["further", "large_used_bytes"], told.stat["further", "large_used_blocks"]])
        self.assertEqual(row_of(lines, "free in all heaps"), [told.stat["main", "free_bytes"]])
        self.assertEqual(row_of(lines, "never used"), [told.stat["main", "never_used_bytes"]])
        self.assertIn("misuse: foreign 1, misaligned 1, other heap 1", lines)
        self.assertIn("failed requests 1, small ones to the C library 0, large ones to the arena 0", lines)
        self.assertEqual(lines[-1], "sound")

    def test_largest_request_is_true(self):
        """The firmware's own malloc serves it, and not 64 bytes more."""
        self.assertEqual(self.served, ["0", "1"], self.seen["heap"])

    def test_pools_and_class(self):
        told = self.told
        arena, further = self.seen["heap pools"].split("heap at ")
        for text, blocks, prefix in ((arena, told.blocks, "arena"), (further, told.further, "further")):
            rows = re.findall(r"^ *(\d+)\.\.(\d+) +(\d+) +(\d+)$", text, re.MULTILINE)
            in_heap = [count for address, count in blocks.items()
                       if prefix == "further" or address >= told.stat["boot", "arena"]]
            self.assertEqual({int(high): int(live) for _, high, live, _ in rows if int(live)},
                             {count: in_heap.count(count) for count in in_heap if count <= 248})
            self.assertEqual(sum(int(ready) for *_, ready in rows), told.stat[prefix, "pool_ready_blocks"])
        for address in told.lost:
            self.assertIn(f"{address:#010x}", self.seen["heap class 72"])

    def test_every_fourth_block(self):
        commands = [command for command in self.seen if re.match("heap block 0x", command)]
        self.assertGreater(len(commands), 10)
        for command in commands:
            address, text = int(command.split()[-1], 16), self.seen[command]
            start = max(block for block in self.told.blocks if block <= address)
            self.assertIn("live block", text.splitlines()[0])
            self.assertIn("at its start" if start == address else "3 bytes into it", text.splitlines()[0])
            self.assertIn(f"block    {start:#010x}, {self.told.blocks[start]:,} bytes", text)

    def test_blocks_of_other_kinds(self):
        freed, sensor, variable, code, header, large, end = (self.seen[command] for command in self.PLAIN[7:])
        self.assertRegex(freed.splitlines()[0], "in a (freed block|free chunk|live block) of the arena")
        self.assertIn("the first word points to thermometer", sensor)
        self.assertRegex(sensor, "pointers in sensors, at 0x")
        self.assertIn("is in no heap: it lies in obmalloc_heap", variable)
        self.assertIn("is in no heap: it lies in known_heap_stop", code)
        self.assertIn("is in no heap: it lies in further", header)
        self.assertIn("live, with a header of 8 bytes", large)
        self.assertRegex(end.splitlines()[0], "in (memory that is not in use|a free chunk|a live block)")

    def test_map(self):
        cells = {}
        for address, row, count in re.findall(r"^(0x\w+) \|(.*)\|(?: x (\d+))?$", self.seen["heap map 8"],
                                              re.MULTILINE):
            for index, sign in enumerate(row * int(count or 1)):
                cells[int(address, 16) + 8 * index] = sign
        arena = self.told.stat["boot", "arena"]
        for address, count in self.told.blocks.items():
            if address >= arena:
                self.assertEqual({cells[place] for place in range(address, address + count, 8)}, {"#"})
        drawn = [sign for address, sign in cells.items() if arena <= address < self.told.stat["boot", "end"]]
        sums = self.told.sums("arena")
        self.assertEqual(drawn.count("#") * 8, sums["small_used_bytes"])
        self.assertEqual(drawn.count("+") * 8, sums["pool_ready_bytes"])
        self.assertEqual(drawn.count("m") * 8, sums["map_bytes"])

    def test_help(self):
        for name in ("block", "check", "class", "leaks", "map", "pools", "save"):
            self.assertIn(f"heap {name} -- ", self.seen["help heap"])
        self.assertIn("heap block ADDRESS", self.seen["help heap block"])


class Damaged(unittest.TestCase):
    """What heap check finds is what the firmware's own check finds, word for word."""

    def test_damage_is_found_as_the_target_finds_it(self):
        script = REPOSITORY / "tests" / "gdb" / "damage.py"
        parts, _ = gdb_run(image_of("nano"), [f"break {STOP}", "continue", f"set $damage_count={DAMAGE_COUNT}",
                                              f"source {script}", "continue"], "use_main_obmalloc=1")
        rows = re.findall(r"^found (\S+ \S+) (\d) \| (.*)\ncheck \d (.*)\nfurther_check \d (.*)$", parts[4], re.MULTILINE)
        self.assertEqual(len(rows), DAMAGE_COUNT, parts[4])
        sentences = set()
        for place, which, found, of_arena, of_further in rows:
            with self.subTest(place=place):
                told = (of_arena, of_further)[int(which)]
                self.assertEqual(found.strip(), told.strip())
                sentences.add(told.split(" ", 1)[1])
        self.assertGreater(len(sentences), 8)
        self.assertIn("done", parts[-1])

    def test_damage_is_told_with_heap_and_address(self):
        _, parts = at_stop(image_of("nano"), ["set {int}(obmalloc_heap.base + 4) = 7", "heap check", "heap",
                                              "heap map", "heap pools", "heap leaks"])
        self.assertRegex(parts[1], r"^DAMAGED arena: nil has been written to, at 0x\w{8}$")
        self.assertIn(parts[1], parts[2])

    def test_damaged_bounds_leave_the_rest_visible(self):
        _, parts = at_stop(image_of("nano"), ["set obmalloc_heap.end = 24", "heap", "heap block obmalloc_heap.start",
                                              "set first_heap = 0xFFFFFFF0", "heap check"])
        self.assertIn("DAMAGED arena: the region's bounds contradict one another, at 0x", parts[1])
        self.assertIn("C library (nano)", parts[1])
        self.assertIn("DAMAGED heaps: the list of heaps leads to what is no heap", parts[4])


if __name__ == "__main__":
    unittest.main()
