# SPDX-License-Identifier: MIT
# test-boards: microbit
"""port/host/heap.py, and gdb with a core file: the heap of tests/gdb/known_heap.c out of dumps, whole and broken ones."""

import os
import pathlib
import re
import struct
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "gdb")]

from known_heap import HEAP_TOOL, address_of, at_stop, image_of, ram_of, run, stripped
from heap_image import elf, layout


class Dumped(unittest.TestCase):
    """From files, as if long after."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.image = image_of("nano")
        cls.core, cls.raw, cls.hex = (os.path.join(cls.folder.name, name) for name in ("a.core", "a.bin", "a.hex"))
        cls.start, cls.end = ram_of(cls.image)
        commands = ["heap", "heap leaks", "heap map", "heap pools", f"heap save {cls.core}",
                    f"dump binary memory {cls.raw} {cls.start:#x} {cls.end:#x}",
                    f"dump ihex memory {cls.hex} {cls.start:#x} {cls.end:#x}"]
        _, cls.live = at_stop(cls.image, commands)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def tool(self, *words, status=0, image=None, dump=None, base=True):
        dump = dump or self.raw
        place = ["--base", hex(self.start)] if base and dump.endswith(".bin") else []
        return run([sys.executable, HEAP_TOOL, *place, image or self.image, dump, *words], status)

    def refused(self, sentence, **wishes):
        done = self.tool(status=2, **wishes)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, rf"^heap\.py: .*{sentence}")
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def written(self, name, data):
        path = os.path.join(self.folder.name, name)
        pathlib.Path(path).write_bytes(data)
        return path

    def test_each_kind_of_dump_shows_what_gdb_shows(self):
        for dump in (self.core, self.raw, self.hex):
            for words, live in zip(("summary", "leaks", "map", "pools"), self.live):
                with self.subTest(dump=dump, words=words):
                    self.assertEqual(self.tool(words, dump=dump).stdout.strip("\n"), live)

    def test_gdb_reads_the_core(self):
        plugin = REPOSITORY / "port" / "gdb" / "obmalloc.py"
        with stripped(self.image) as bare:
            for image in (self.image, bare):
                done = run(["gdb-multiarch", "-q", "-batch", "-x", plugin, "-ex", "echo @@\\n", "-ex", "heap", "-ex",
                            "echo @@\\n", "-ex", "info symbol $pc", image, self.core])
                _, summary, place = done.stdout.split("@@\n")
                self.assertEqual(summary.strip("\n"), self.live[0])
        run(["gdb-multiarch", "-q", "-batch", "-ex", "info symbol $pc", self.image, self.core])

    def test_without_records_symbols_tell_and_without_both_a_search(self):
        bare = self.written("bare.elf", b"")
        for strip in ([], ["--strip-all"]):
            run(["arm-none-eabi-objcopy", *strip, "-R", layout.SECTION, self.image, bare])
            lines = self.tool(image=bare).stdout.splitlines()
            wanted = self.live[0].splitlines()
            self.assertEqual(lines[:10], wanted[:10])
            self.assertEqual(lines[-1], "sound")
            if not strip:
                self.assertEqual(lines, wanted)

    def test_exit_status_says_damage(self):
        data = bytearray(pathlib.Path(self.raw).read_bytes())
        heap = address_of(self.image, "obmalloc_heap") - self.start
        base, = struct.unpack_from("<I", data, heap + 132)
        data[base - self.start] = 1
        done = self.tool("check", dump=self.written("damaged.bin", data), status=1)
        self.assertIn("DAMAGED arena: nil has been written to", done.stdout)

    def test_a_dump_of_another_build(self):
        self.refused("does not match .*: code or constants differ from address 0x", dump=self.core,
                     image=image_of("newlib"))
        self.refused("does not match", image=image_of("newlib"))
        self.refused("does not match", image=image_of("picolibc"))

    def test_a_truncated_dump(self):
        data = pathlib.Path(self.raw).read_bytes()
        self.refused("is truncated: the heap goes up to 0x[0-9a-f]{8}, the dump ends at 0x[0-9a-f]{8}",
                     dump=self.written("cut.bin", data[:len(data) // 2]))
        self.refused("does not hold 0x", dump=self.written("short.bin", data[:16]))
        self.refused("is empty", dump=self.written("empty.bin", b""))
        core = pathlib.Path(self.core).read_bytes()
        for count in (3000, 100, 60, 20):
            self.refused("cut off|truncated", dump=self.written("cut.core", core[:count]))
        text = pathlib.Path(self.hex).read_bytes()
        self.refused("is cut off|line \\d+", dump=self.written("cut.hex", text[:len(text) // 2]))

    def test_bounds_that_cannot_be(self):
        data = bytearray(pathlib.Path(self.raw).read_bytes())
        state = address_of(self.image, "obmalloc_state") - self.start
        data[state] = 77
        self.refused("obmalloc's variables have been overwritten: at 0x.*its mode is 77", dump=self.written("m.bin", data))

    def test_a_file_that_is_no_dump(self):
        self.refused("is a raw dump; say with --base", base=False)
        self.refused("no core file", dump=self.image)
        self.refused("No such file", dump=self.raw + "x")

    def test_a_firmware_without_obmalloc(self):
        firmware = self.written("foreign.elf", b"")
        source = self.written("foreign.c", b"int main(void) { return 0; }\n")
        run(["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-nostdlib", "-Wl,-e,main", source, "-o", firmware])
        self.refused("has no obmalloc: ", image=firmware, dump=self.written("zero.bin", bytes(4096)))
        self.refused("is no ELF file", image=source)

    def changed_record(self, kind, change):
        """The image with one layout record changed: change(bytes of the file, the record's place)."""
        data = bytearray(pathlib.Path(self.image).read_bytes())
        section = elf.ElfFile(bytes(data), "x").section(layout.SECTION)
        at = section.offset
        while layout.HEAD.unpack_from(data, at)[1] != kind:
            at += layout.HEAD.unpack_from(data, at)[3]
        change(data, at)
        return self.written("changed.elf", data)

    def test_an_unknown_layout_version(self):
        for kind, name in layout.KIND_NAMES.items():
            if kind == layout.LEDGER:
                continue  # this firmware has none
            image = self.changed_record(kind, lambda data, at: struct.pack_into("<H", data, at + 6, 9))
            self.refused(f"the layout of {name} has version 9, and this tool knows version 1", image=image)

    def test_damaged_records(self):
        image = self.changed_record(layout.HEAP, lambda data, at: struct.pack_into("<I", data, at + 8, 0x10000))
        self.refused("is damaged at its byte", image=image)
        image = self.changed_record(layout.STATE, lambda data, at: struct.pack_into("<H", data, at + 4, 99))
        self.refused("lacks the record", image=image)

    def test_records_of_unknown_kinds_are_skipped(self):
        image = self.changed_record(layout.LIBC, lambda data, at: struct.pack_into("<HH", data, at + 4, 99, 7))
        self.assertEqual(self.tool("pools", image=image).stdout.strip("\n"), self.live[3])

    def test_gdb_says_it_in_a_sentence(self):
        plugin = REPOSITORY / "port" / "gdb" / "obmalloc.py"
        image = self.changed_record(layout.STATE, lambda data, at: struct.pack_into("<H", data, at + 6, 9))
        for words, sentence in (([image, self.core], "has version 9"), ([self.image], "no program runs"), ([], "no ELF"),
                                ([image_of("newlib"), self.core], "does not match")):
            with self.subTest(sentence=sentence):
                script = self.written("script", b"heap\n")
                done = run(["gdb-multiarch", "-q", "-batch", "-x", plugin, *words, "-x", script], 1)
                self.assertRegex(done.stderr, rf"(?m)^heap: .*{sentence}")
                self.assertNotIn("Traceback", done.stderr + done.stdout)


class EncodedLinks(unittest.TestCase):
    """A build of the tier full, whose links are encoded (pools/link.h)."""

    def test_they_are_decoded_and_a_freed_block_tells_who_freed_it(self):
        image = image_of("nano").replace("-nano/", "-nano-tier_full/")
        build, board = os.path.split(os.path.dirname(image))[0], os.environ.get("BOARD") or "microbit"
        run(["make", "-s", "-C", REPOSITORY, f"BOARD={board}", f"BUILD={build}", "TIER=full", image], 0)
        _, (summary, pools) = at_stop(image, ["heap", "heap pools"])
        self.assertRegex(summary, r"(?m)^sound$")
        # The arena comes first: a pool of it in which blocks wait.
        waiting = re.search(r"(?m)^ +\d+\.\.(\d+) +\d+ +[1-9]\d*$", pools[:pools.index("free chunks by bin")])
        self.assertTrue(waiting, pools)
        _, (block,) = at_stop(image, [f"heap block obmalloc_heap.pools[{int(waiting[1]) // 8}]"])
        self.assertIn("in a freed block of the arena, at its start", block)
        self.assertRegex(block, r"(?m)^  freed    from 0x[0-9a-f]{8}, in main$")


if __name__ == "__main__":
    unittest.main()
