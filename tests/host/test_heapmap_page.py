# SPDX-License-Identifier: MIT
# test-boards: microbit
"""The page of port/host/heapmap.py in headless Chromium: what it shows and lights is what the target and the operations say."""

import pathlib
import random
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "heapmap")]

import browser
from targets import LEAKY, UNIT_BYTES, Files, gaps
from heapmap import from_dump, from_recording, model as models, page
from recording import file_format as form

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
const slider = document.getElementById('slider');
slider.value = arguments[0];
slider.dispatchEvent(new Event('input'));"""


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
        # The browser's own first page may still load its pictures; no page of a file can ask for chrome:.
        asked = [address for address in self.browser.requests() if not address.startswith(("data:", "file:", "chrome:"))]
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
        self.browser.run(SLIDE, position)
        self.browser.wait_for_frames()

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
            free, largest = gaps(model, blocks)
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
        self.browser.wait_for_frames()
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
        self.browser.wait_for_frames()
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
