# SPDX-License-Identifier: MIT
# test-boards: microbit
"""port/host/heapmap.py: what the picture shows is what the target says of its heap, in headless Chromium, too."""

import functools
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("tests/gdb", "tests/heapmap", "tests", "port/host", "board/host")]

import boards
import browser
from heap_image import elf, layout
from heapmap import from_dump, from_recording, model as models, page, svg, text
from known_heap import BOARD, at_stop, image_of
from recording import file_format as form, history
from runner import jobs

TOOL = REPOSITORY / "port" / "host" / "heapmap.py"
LEAKY = boards.image_path(BOARD, "nano", "leaky", lock=jobs.see_builds(BOARD)[1])
UNIT_BYTES = 8
OPERATIONS_MANY = 200000
STEP_MILLISECONDS_MAX = 16
needs_browser = unittest.skipIf(browser.MISSING, browser.MISSING)
# Which units of a map are lit: their upper edge is black.
LIT_UNITS = """
const map = view.maps[arguments[0]], context = map.canvas.getContext('2d'), found = [];
const cells = context.getImageData(0, 0, map.canvas.width, map.canvas.height).data;
for (let unit = 0; unit < map.heap.units; unit++) {
  const x = (unit % map.columns) * map.tiles.width + (map.tiles.width >> 1);
  const y = Math.floor(unit / map.columns) * map.tiles.height;
  const at = 4 * (y * map.canvas.width + x);
  if (cells[at] + cells[at + 1] + cells[at + 2] === 0) { found.push(unit); }
}
return found;"""
SLIDE = """
const [slider, done] = [document.getElementById('slider'), arguments[1]];
slider.value = arguments[0];
slider.dispatchEvent(new Event('input'));
requestAnimationFrame(() => requestAnimationFrame(() => done()));"""


def tool(*words, status=0):
    done = subprocess.run([sys.executable, TOOL, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done


FOLDER = tempfile.TemporaryDirectory(prefix="heapmap.")


@functools.cache
def targets():
    """(Told, the core file's path, the recording's path): a heap that has told what it is, and a run that leaks."""
    core, recorded = os.path.join(FOLDER.name, "heap.core"), os.path.join(FOLDER.name, "leaky.obmr")
    told, _ = at_stop(image_of("nano"), [f"heap save {core}"])
    run = boards.run(BOARD, LEAKY, [f"record={recorded}"], ["-icount", "shift=8"])
    assert run.status == 0, run.output
    return told, core, recorded


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = image_of("nano")
        cls.told, cls.core, cls.recorded = targets()
        cls.recording = form.load(cls.recorded)

    @classmethod
    def path(cls, name):
        return os.path.join(FOLDER.name, name)

    def written(self, name, data):
        pathlib.Path(self.path(name)).write_bytes(data)
        return self.path(name)

    def live_at(self, position):
        return history.follow(self.recording, self.recording.first + position).live


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
            self.assertEqual((moment.free_bytes, moment.largest_bytes), self.gaps(model, blocks.values()))
        sites = {site.name.split(" ")[0]: site for site in model.sites}
        self.assertEqual((sites["make_event"].blocks, sites["make_event"].bytes), (125, 4000))

    @staticmethod
    def gaps(model, blocks):
        """(all, the longest) free runs, granule by granule."""
        every = longest = 0
        for number, heap in enumerate(model.heaps):
            taken = bytearray((heap.end - heap.start) // UNIT_BYTES)
            spans = [(item.start, item.bytes) for item in model.items if item.heap == number and item.style == models.MAP]
            for block in blocks:
                if heap.start <= block.address < heap.end:
                    is_large = heap.name == "arena" and block.bytes > 512
                    spans.append((block.address - 8 * is_large, max(16, block.bytes + 7 & ~7) + 8 * is_large))
            for start, count in spans:
                low = (start - heap.start) // UNIT_BYTES
                taken[low:low + count // UNIT_BYTES] = b"\1" * (count // UNIT_BYTES)
            runs = [len(run) for run in bytes(taken).split(b"\1")]
            every += UNIT_BYTES * sum(runs)
            longest = max(longest, UNIT_BYTES * max(runs))
        return every, longest

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
        for style, sign in enumerate(text.LIVE_SIGNS):
            if sign != "@":
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


@needs_browser
class InABrowser(Files):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.pages = {}
        for name, model in (("dump", from_dump.load(cls.image, cls.core)), ("recording", from_recording.load(cls.recorded, LEAKY))):
            path = pathlib.Path(cls.path(f"{name}.html"))
            path.write_text(page.page(model), "utf-8")
            cls.pages[name] = path, model

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        super().tearDownClass()

    def open(self, name):
        path, model = self.pages[name]
        self.browser.log("browser")
        self.browser.requests()
        self.browser.open(path)
        return model

    def tearDown(self):
        """Whatever a case does, the page does not complain, and asks nobody."""
        self.assertEqual(self.browser.log("browser"), [])
        asked = [address for address in self.browser.requests() if not address.startswith(("data:", "file:"))]
        self.assertEqual(asked, [])
        for path, _ in self.pages.values():
            self.assertNotRegex(path.read_text("utf-8"), "https?://|@import|url\\(")

    def rows(self, table):
        return self.browser.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')].filter((row) => !row.hidden)"
                                ".map((row) => [...row.cells].map((cell) => cell.textContent))", table)

    def story(self):
        return dict(self.browser.run(
            "return [...document.querySelectorAll('#story dt')].map((name) => [name.textContent, name.nextSibling.textContent])"))

    def slide(self, position):
        self.browser.post("/execute/async", script=SLIDE, args=[position])

    def test_dump_counts_are_the_targets(self):
        self.open("dump")
        rows = {name: (blocks, count) for name, blocks, count in self.rows("#legend")}
        sums = [self.told.sums(prefix) for prefix in ("arena", "further")]
        ready = [f"{sum(of[name] for of in sums):,}" for name in ("pool_ready_blocks", "pool_ready_bytes")]
        self.assertEqual(rows["freed, ready in its pool"], tuple(ready))
        blocks = {**self.told.blocks, **self.told.further}
        low = 0
        for band, most in enumerate(models.BANDS[:-1]):
            held = [count for count in blocks.values() if low < count <= most]
            self.assertEqual(rows[models.STYLES[band][1]], (f"{len(held):,}", f"{sum(held):,}") if held else ("", ""))
            low = most

    def test_arrow_keys_visit_each_block_of_the_arena(self):
        model = self.open("dump")
        heap = model.heaps[0]
        self.browser.focus("#map0")
        self.browser.press("Home")
        found, last = {}, None
        while True:
            told = self.story()
            if told == last:
                break
            last = told
            if told["State"] == "live, in the arena":
                found[int(told["Address"], 16)] = int(told["Size"].split(" ")[0].replace(",", ""))
            self.browser.press("ArrowRight")
        self.assertEqual(found, {address: count for address, count in self.told.blocks.items()
                                 if heap.start <= address < heap.end})
        self.browser.press("Home")
        self.assertEqual(self.story()["State"], "the map, in the arena")

    def test_mouse_tells_a_block(self):
        model = self.open("dump")
        lost = min(self.told.lost)
        unit = (lost - model.heaps[0].start) // UNIT_BYTES + 1
        cell, height, columns = self.browser.run("const map = view.maps[0]; return [map.cell, map.rowHeight, map.columns]")
        self.browser.point("#map0", (unit % columns + 0.5) * cell, (unit // columns + 0.5) * height)
        told = self.story()
        self.assertEqual((int(told["Address"], 16), told["Lost"]), (lost, "nothing that is in use points to it"))

    def test_slider_shows_the_moment(self):
        model = self.open("recording")
        chance = random.Random(3)
        for position in [model.position_count, 0, 1, 7000, 6999, 2, *(chance.randrange(model.position_count) for _ in range(8))]:
            self.slide(position)
            blocks = self.live_at(position).values()
            self.assertEqual(re.findall(r"\d[\d,]*\b", self.browser.text("#live")),
                             [f"{len(blocks):,}", f"{sum(block.bytes for block in blocks):,}"])
            free, largest = Model.gaps(model, blocks)
            self.assertEqual(re.findall(r"\d[\d,]*\b", self.browser.text("#free"))[:2], [f"{free:,}", f"{largest:,}"])
            held = {}
            for block in blocks:
                held[block.caller] = held.get(block.caller, 0) + 1
            shown = [int(row[1].replace(",", "")) for row in self.rows("#sites")]
            self.assertEqual(sorted(filter(None, shown)), sorted(held.values()))

    def test_click_lights_exactly_the_sites_blocks(self):
        model = self.open("recording")
        site = next(number for number, one in enumerate(model.sites) if one.name.startswith("make_event"))
        for position in (model.position_count, 3000):
            self.slide(position)
            self.browser.click(f'#sites button[data-site="{site}"]')
            for number, heap in enumerate(model.heaps):
                blocks = [item for item in model.at(position) if item.site == site and item.heap == number]
                wanted = {(item.start - heap.start) // UNIT_BYTES + offset for item in blocks
                          for offset in range(item.bytes // UNIT_BYTES)}
                self.assertEqual(set(self.browser.run(LIT_UNITS, number)), wanted)
            self.browser.click(f'#sites button[data-site="{site}"]')
            self.assertEqual(self.browser.run(LIT_UNITS, 0), [])

    def test_keys_light_and_put_out(self):
        model = self.open("recording")
        site = next(number for number, one in enumerate(model.sites) if one.name.startswith("make_event"))
        event = next(item for item in model.at(model.position_count) if item.site == site)
        self.browser.focus(f"#map{event.heap}")
        for _ in range(400):
            if self.story()["Address"] == f"{event.address:#010x}":
                break
            self.browser.press("ArrowRight")
        self.assertRegex(self.story()["Allocated"], r"^malloc in make_event \(leaky\.c:\d+\), by operation [\d,]+, at [\d.]+ s$")
        pressed = f'#sites button[data-site="{site}"][aria-pressed="true"]'
        self.browser.press("Enter")
        self.assertEqual(self.browser.run("return document.querySelectorAll(arguments[0]).length", pressed), 1)
        self.browser.press("Escape")
        self.assertEqual(self.browser.run("return document.querySelectorAll('[aria-pressed=true]').length"), 0)

    def test_all_is_reached_by_tab_and_seen(self):
        self.open("recording")
        reached = []
        for _ in range(20):
            self.browser.press("Tab")
            reached.append(self.browser.run("const one = document.activeElement; return [one.id || one.tagName, "
                                            "getComputedStyle(one).outlineStyle]"))
        names = [name for name, _ in reached]
        self.assertLessEqual({"slider", "map0", "map1", "BUTTON"}, set(names))
        self.assertEqual({outline for name, outline in reached if name != "BODY"}, {"solid"})
        labels = self.browser.run("return [...document.querySelectorAll('canvas[tabindex], input, svg')]"
                                  ".map((one) => one.getAttribute('aria-label'))")
        self.assertTrue(all(labels))
        self.slide(100)
        self.browser.focus("#slider")
        self.browser.press("ArrowRight")
        self.browser.run("return 0")
        self.assertIn("after operation 101 of", self.browser.text("#moment"))

    def test_ended_block_tells_its_end_and_its_tenants(self):
        model = self.open("recording")
        self.slide(model.position_count)
        ended = [item for item in model.items if item.ended == models.FREED_BY and item.site >= 0]
        times = {}
        for item in ended:
            times.setdefault(item.address, []).append(item)
        freed = self.browser.run("""
            for (const map of view.maps) for (let unit = 0; unit < map.heap.units; unit++)
              if (player.owner[map.heap.offset + unit] < 0) { focusOn(map, unit); return true; }
            return false;""")
        self.assertTrue(freed)
        told = self.story()
        last = max(times[int(told["Address"], 16)], key=lambda item: item.died)
        before = [item for item in model.items if item.start <= last.address < item.start + item.bytes and item.died <= last.born]
        self.assertIn(f"by operation {last.died:,}", told["Ended"])
        self.assertIn(model.sites[last.died_site].name, told["Ended"])
        self.assertIn(model.sites[last.site].name, told["Allocated"])
        self.assertIn(f"by operation {max(item.died for item in before):,}", told["Before it"])

    def test_print_is_light_and_in_one_piece(self):
        self.open("recording")
        self.browser.emulate("", "dark")
        self.browser.post("/execute/async", script="requestAnimationFrame(() => requestAnimationFrame(arguments[0]))", args=[])
        dark = self.browser.run("return [view.maps[0].tiles.scheme, getComputedStyle(document.body).backgroundColor]")
        self.assertEqual(dark, ["dark", "rgb(13, 17, 23)"])
        self.browser.run("window.wasPrinted = ''; addEventListener('beforeprint', () => "
                         "{ window.wasPrinted = view.maps[0].tiles.scheme; });")
        self.assertTrue(self.browser.pdf().startswith(b"%PDF"))
        self.assertEqual(self.browser.run("return window.wasPrinted"), "light")
        self.browser.emulate("print", "dark")
        self.assertEqual(self.browser.run("return [getComputedStyle(document.body).backgroundColor, "
                                          "getComputedStyle(document.getElementById('slider')).display]"),
                         ["rgb(255, 255, 255)", "none"])
        self.browser.emulate()

    def test_many_operations_scrub_smoothly(self):
        path = pathlib.Path(self.path("many.html"))
        path.write_text(page.page(many_operations()), "utf-8")
        self.browser.open(path)
        took = self.browser.run("""
            let at = 12345;
            for (let step = 0; step < 150; step++) {
              at = (at * 48271) % 2147483647;
              seek(step % 2 ? at % model.positionCount : Math.min(model.positionCount, player.position + 40));
            }
            return view.milliseconds.slice(-150).sort((left, right) => left - right);""")
        self.assertLess(took[75], STEP_MILLISECONDS_MAX / 2)


def many_operations():
    """The model of a recording of 200,000 operations on 3,000 slots of an arena of 256 KiB."""
    chance, live, operations = random.Random(11), {}, []
    start = 0x20000000
    base = start + 8192
    for ordinal in range(OPERATIONS_MANY):
        slot = chance.randrange(3000)
        address, caller = base + 80 * slot, 0x101 + 8 * (slot % 50)
        if slot in live:
            del live[slot]
            operations.append(form.Operation(form.FREE, ordinal, ordinal, caller, address, 0, 0))
        else:
            live[slot] = True
            operations.append(form.Operation(form.MALLOC, ordinal, ordinal, caller, address, 1 + chance.randrange(80), address))
    recording = form.Recording("many", operations, {}, form.Totals(OPERATIONS_MANY, 0, 0), 0, 0, True, True, True, 1000,
                               (start, start + (1 << 18)), (start, start + (1 << 18)), 0x201, 0x301, 0)
    return from_recording.of(recording)


if __name__ == "__main__":
    unittest.main()
