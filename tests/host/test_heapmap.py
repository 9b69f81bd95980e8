# SPDX-License-Identifier: MIT
# test-boards: microbit
"""port/host/heapmap.py: its model is what the target says of its heap, and its errors are sentences."""

import os
import pathlib
import random
import re
import subprocess
import sys
import unittest
import xml.dom.minidom

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "heapmap")]

from targets import BOARD, LEAKY, Files, gaps, image_of
from heap_image import elf, layout
from recording import file_format as form
from heapmap import from_dump, from_recording, model as models, svg, text

TOOL = REPOSITORY / "port" / "host" / "heapmap.py"


def tool(*words, status=0):
    done = subprocess.run([sys.executable, TOOL, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done


class Model(Files):
    def test_dump_is_what_the_target_says(self):
        model = from_dump.load(self.image, self.core)
        for prefix, number, blocks in (("arena", 0, self.told.blocks), ("further", 1, self.told.further)):
            heap, sums = model.heaps[number], self.told.sums(prefix)
            items = [item for item in model.items if item.heap == number]
            live = [item for item in items if item.style < models.BAND_COUNT]
            found = {item.address: item.asked for item in live}
            self.assertEqual(found, {address: count for address, count in blocks.items() if heap.start <= address < heap.end})
            ready = [item for item in items if item.style == models.READY]
            self.assertEqual((len(ready), sum(item.bytes for item in ready)),
                             (sums["pool_ready_blocks"], sums["pool_ready_bytes"]))
            self.assertEqual(sum(item.bytes for item in live if item.style != models.BAND_COUNT - 1), sums["small_used_bytes"])
            self.assertEqual(sum(item.bytes for item in items if item.style == models.MAP), sums["map_bytes"])
            free = sum(item.bytes for item in items if item.style == models.FREE)
            untouched = heap.end - max(item.start + item.bytes for item in items)
            self.assertEqual(free + untouched, sums["free_bytes"])
        lost = [site for site in model.sites if site.name.startswith("lost: ")]
        self.assertEqual(sum(site.blocks for site in lost), len(self.told.lost))

    def test_recording_is_what_the_operations_say(self):
        model = from_recording.load(self.recorded, LEAKY)
        chance = random.Random(7)
        for position in [0, 1, model.position_count, *(chance.randrange(model.position_count) for _ in range(20))]:
            found = {item.address: item.asked for item in model.at(position) if item.style < models.BAND_COUNT}
            self.assertEqual(found, {address: block.bytes for address, block in self.live_at(position).items()})
        for moment in model.timeline[::40]:
            blocks = self.live_at(moment.position)
            self.assertEqual(moment.live_bytes, sum(block.bytes for block in blocks.values()))
            self.assertEqual((moment.free_bytes, moment.largest_bytes), gaps(model, blocks.values()))
        sites = {site.name.split(" ")[0]: site for site in model.sites}
        self.assertEqual((sites["make_event"].blocks, sites["make_event"].bytes), (125, 4000))

    def test_dump_with_recording_knows_who_allocated(self):
        core = self.path("leaky.core")
        command = [sys.executable, REPOSITORY / "board/host/debug.py", "--board", BOARD, "--commands",
                   f"break board_exit;continue;heap save {core}", LEAKY, f"record={self.path('with.obmr')}"]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
        model = from_dump.load(LEAKY, core, recording=self.path("with.obmr"))
        sites = {site.name.split(" ")[0]: (site.blocks, site.bytes) for site in model.sites}
        self.assertEqual(sites["make_event"][0], 125)
        self.assertEqual(model.warnings, [])
        self.assertTrue(all(item.kind for item in model.items[:model.static_count] if item.style < models.BAND_COUNT))

    def test_heaps_that_are_large_get_larger_cells(self):
        heaps = [models.Heap("a", 0, 16 << 20, 16 << 20), models.Heap("b", 1 << 28, (1 << 28) + 4096, (1 << 28) + 4096)]
        models.choose_units(heaps)
        self.assertLessEqual(sum(heap.unit_count for heap in heaps), models.UNITS_MAX + len(heaps))
        self.assertEqual({heap.unit_bytes for heap in heaps}, {256})


class OfOperations(unittest.TestCase):
    """What a board does not show at will."""

    ARENA = (0x20002000, 0x20004000)

    def model(self, *operations):
        told = [form.Operation(kind, number, number, 0 if kind == form.OTHER else 0x101 + 2 * number, address, count, result)
                for number, (kind, address, count, result) in enumerate(operations)]
        recording = form.Recording("x", told, {}, form.Totals(len(told), 0, 0), 0, 0, True, True, True, 0, self.ARENA,
                                   (0x20000000, self.ARENA[1]), 0, 0, 0)
        return from_recording.of(recording)

    def test_sizes_and_their_bands(self):
        for count, band in ((1, 0), (16, 0), (17, 1), (32, 1), (33, 2), (64, 2), (65, 3), (128, 3), (129, 4), (248, 4), (249, 5),
                            (512, 5), (513, 6)):
            self.assertEqual(models.band_of(count), band)

    def test_large_block_of_the_arena_has_a_header(self):
        large, small = 0x20002408, 0x20002800
        model = self.model((form.MALLOC, large, 600, large), (form.MALLOC, small, 5, small), (form.MALLOC, 0x20000010, 600, 0x20000010))
        spans = [(item.start, item.bytes) for item in model.items[model.static_count:]]
        self.assertEqual(spans, [(large - 8, 608), (small, 16), (0x20000010, 600)])
        self.assertEqual([heap.name for heap in model.heaps], ["arena", "C library's heap"])
        self.assertEqual([(item.start, item.bytes) for item in model.items[:1]], [(self.ARENA[0], 8192 // 64 - 2 + 3 + 8 + 7 & ~7)])

    def test_heap_that_ends(self):
        first, second = 0x30000000, 0x30000100
        model = self.model((form.MALLOC, first, 64, first), (form.MALLOC, second, 64, second), (form.OTHER, first, 0x80, 0),
                           (form.FREE, second, 0, 0))
        self.assertEqual([item.ended for item in model.items[model.static_count:]], [models.HEAP_ENDED, models.FREED_BY])
        self.assertEqual((model.timeline[-1].live_bytes, model.summary["live_blocks"]), (0, 0))
        heap = model.heaps[2]
        self.assertEqual(heap.name, "heap near 0x30000000")
        whole = sum(one.end - one.start for one in model.heaps) - model.items[0].bytes
        self.assertEqual(model.timeline[-1].free_bytes, whole)

    def test_realloc_and_a_free_that_was_lost(self):
        there, moved = 0x20002800, 0x20002900
        model = self.model((form.MALLOC, there, 20, there), (form.REALLOC, there, 90, moved), (form.MALLOC, moved, 10, moved))
        items = model.items[model.static_count:]
        self.assertEqual([(item.born, item.died, item.ended) for item in items],
                         [(1, 2, models.REALLOCATED), (2, 3, models.UNSEEN), (3, models.NEVER, models.ALIVE)])
        self.assertEqual([(position, is_born) for position, _, is_born in model.events()],
                         [(1, True), (2, False), (2, True), (3, False), (3, True)])


class OtherForms(Files):
    def test_svg_draws_each_live_block(self):
        model = from_dump.load(self.image, self.core)
        drawn = svg.picture(model)
        xml.dom.minidom.parseString(drawn)
        for style in range(models.BAND_COUNT):
            shapes = re.findall(rf'<path class="s{style}" [^>]* d="([^"]*)"', drawn)
            begun = sum(len(re.findall(r"M[\d.]+\.6 ", shape)) for shape in shapes)
            self.assertEqual(begun, sum(item.style == style for item in model.items))
        self.assertNotRegex(drawn.replace("http://www.w3.org/2000/svg", ""), "https?:")

    def test_svg_has_the_timeline(self):
        model = from_recording.load(self.recorded, LEAKY)
        drawn = svg.picture(model, 3000)
        xml.dom.minidom.parseString(drawn)
        self.assertIn("after operation 3,000", drawn)
        for name in ("live", "held", "lost"):
            self.assertEqual(len(re.findall(rf'<path class="{name}" d="M0', drawn)), 1)

    def test_text_has_a_character_for_each_cell(self):
        model = from_dump.load(self.image, self.core)
        lines = text.lines(model)
        signs = "".join(re.findall(r"^0x[0-9a-f]{8} \|(.*)\|$", "\n".join(lines), re.MULTILINE))
        small = [item for item in model.items if item.heap < 2 and item.style < models.BAND_COUNT]
        for style, sign in enumerate("123456"):
            self.assertEqual(signs.count(sign), sum(item.bytes // 8 for item in small if item.style == style), sign)

    def test_command_line(self):
        out = self.path("out.html")
        self.assertEqual(tool("--elf", self.image, "--dump", self.core, "--output", out).stdout, out + "\n")
        self.assertIn("<!DOCTYPE html>", pathlib.Path(out).read_text("utf-8"))
        shown = tool("--elf", LEAKY, "--recording", self.recorded, "--text", "--at", 4000).stdout
        blocks = self.live_at(4000).values()
        self.assertIn("after operation 4,000", shown)
        self.assertIn(f"{sum(block.bytes == 32 for block in blocks):>8,}", shown)
        self.assertRegex(shown, r"(?m)^ +\d+ +[\d,]+  make_event \(leaky\.c:\d+\)$")


class Refused(Files):
    def refused(self, sentence, *words):
        done = tool("--output", self.path("no.html"), *words, status=1)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, rf"^heapmap\.py: .*{sentence}.*\n$")
        self.assertFalse(os.path.exists(self.path("no.html")))

    def test_dump(self):
        self.refused("does not match", "--elf", image_of("newlib"), "--dump", self.core)
        self.refused("ELF file", "--dump", self.core)
        self.refused("no obmalloc", "--elf", self.foreign(), "--dump", self.written("z", bytes(4096)), "--base", 0x20000000)
        core = pathlib.Path(self.core).read_bytes()
        self.refused("cut off|truncated", "--elf", self.image, "--dump", self.written("cut.core", core[:3000]))
        self.refused("layout of .* has version 9", "--elf", self.other_layout(), "--dump", self.core)

    def foreign(self):
        source, firmware = self.written("f.c", b"int main(void) { return 0; }\n"), self.path("f.elf")
        subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-nostdlib", "-Wl,-e,main", source, "-o", firmware],
                       check=True)
        return firmware

    def other_layout(self):
        data = bytearray(pathlib.Path(self.image).read_bytes())
        at = elf.ElfFile(bytes(data), "x").section(layout.SECTION).offset
        data[at + 6] = 9
        return self.written("nine.elf", data)

    def test_recording(self):
        data = pathlib.Path(self.recorded).read_bytes()
        self.refused("cut off", "--recording", self.written("cut.obmr", data[:-100]))
        self.refused("has no end", "--recording", self.written("short.obmr", data[:-256]))
        self.refused("is no recording", "--recording", self.core)
        self.refused("format version 9", "--recording", self.written("new.obmr", data[:4] + b"\x09\0" + data[6:]))
        self.refused("was not recorded by", "--recording", self.recorded, "--elf", self.image)
        self.refused("there is no moment 99999999", "--recording", self.recorded, "--at", 99999999)
        self.refused("neither a dump nor a recording")
        self.refused("No such file", "--recording", self.path("nix"))

    def test_output(self):
        done = tool("--recording", self.recorded, "--output", self.path("no/where"), status=1)
        self.assertRegex(done.stderr, r"^heapmap\.py: .*no/where: No such file or directory\n$")


if __name__ == "__main__":
    unittest.main()
