# SPDX-License-Identifier: MIT
# test-boards: microbit mps2-an386
"""Recordings: what a board writes is what it did; what is no recording, or another firmware's, is told."""

import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("tests/replay", "tests", "port/host")]

import measure
from measure import boards
from recording import elf_match, file_format
from recording.history import History, follow
import convert
from runner import jobs

BOARD = os.environ.get("BOARD") or "mps2-an386"
LIBCS, WATCHERS = jobs.see_builds(BOARD)
TRACE = "mosq_sub" if BOARD == "microbit" else "sqlite_mem"
BYTES_MIN, BYTES_MAX = 4, 8  # of an operation, on average


def image(name, libc="nano"):
    return boards.image_path(BOARD, libc, name, lock=WATCHERS)


def printed(name, *words):
    """{name: bytes} that a program printed in hex, and {name: number of lines}."""
    run = boards.run(BOARD, image(name), words, ["-icount", "shift=8"])
    found = {}
    for line in run.output.splitlines():
        key, _, text = line.partition(" ")
        found[key] = found.get(key, b"") + bytes.fromhex(text)
    assert run.status == 0, run.output
    return found


def record(libc="nano", flag=1, name="replay", words=()):
    """(the file's bytes, what the image reports) of a run that sends its recording out."""
    with tempfile.TemporaryDirectory(prefix="rec.") as folder:
        path = pathlib.Path(folder) / "r"
        words = [f"record={path}", f"use_main_obmalloc={flag}", *words]
        if name == "replay":
            words.append(f"trace={measure.TRACES / TRACE}.obmt")
        run = boards.run(BOARD, image(name, libc), words, ["-icount", "shift=8"])
        assert run.status == 0, run.output
        return path.read_bytes(), measure.parse_report(run.output)


class OfAReplay(unittest.TestCase):
    """The replay counts its own calls, and its trace says what they were."""

    def test_is_what_the_firmware_did(self):
        _, trace = measure.load_trace(TRACE)
        for libc in LIBCS:
            for flag in (1, 0):
                with self.subTest(libc=libc, flag=flag):
                    data, report = record(libc, flag)
                    recording = file_format.decode(data, "r")
                    self.assertEqual(recording.totals, (report["operations"] - report["skipped"], report["failures"], 0))
                    self.assertEqual(recording.pools_serve, bool(flag))
                    history = follow(recording)
                    self.assertEqual((history.failures, history.peak_live_bytes, history.unknown, history.overlaps),
                                     (report["failures"], report["peak_live_bytes"], [], []))
                    size = len(data) / len(recording.operations)
                    self.assertTrue(BYTES_MIN <= size <= BYTES_MAX, size)
                    if report["failures"] == 0:
                        self.assertEqual(convert.from_recording.operations_of(recording), trace.operations)
                    firmware = elf_match.load_firmware(image("replay", libc))
                    elf_match.check(recording, firmware, "its own")
                    self.assertEqual(recording.arena != (0, 0), bool(flag))

    def test_replays(self):
        """The same operations, peak and failures again; and with the other flag, too."""
        data, report = record()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.obmr"
            path.write_bytes(data)
            _, trace = measure.load_trace(str(path))
        for flag in (1, 0):
            again = measure.replay(BOARD, image("replay"), convert.trace_binary.encode(trace), flag)
            if report["failures"] == 0:
                self.assertEqual((again["operations"], again["peak_live_bytes"], again["failures"]),
                                 (report["operations"], report["peak_live_bytes"], 0))
            self.assertTrue(again["sound"])

    def test_is_the_same_in_every_run(self):
        self.assertEqual(record()[0], record()[0])


class OfARing(unittest.TestCase):
    def check(self, *words):
        found = printed("ring", *words)
        recording = file_format.decode(found["ring"], "ring")
        self.assertFalse(recording.is_stream)
        self.assertGreater(recording.first, 0, "the ring has not overwritten its start")
        counts = struct.unpack("<4I", found["counts"])
        self.assertEqual(counts[0], counts[3])
        self.assertEqual(recording.first + len(recording.operations), counts[0])
        self.assertEqual((recording.gaps, counts[2]), (0, 0))
        calls = [struct.unpack_from("<4I", found["call"], i) for i in range(0, len(found["call"]), 16)]
        last = recording.operations[-len(calls):]
        self.assertGreaterEqual(len(recording.operations), len(calls))
        self.assertEqual([(operation.kind, operation.address if operation.kind in (file_format.FREE, file_format.REALLOC)
                           else operation.result, operation.bytes, operation.result) for operation in last], calls)
        self.assertEqual(len({operation.kind for operation in last}), 5)
        elf_match.check(recording, elf_match.load_firmware(image("ring")), "its own")
        return recording, counts

    def test_holds_the_last_calls(self):
        recording, counts = self.check()
        self.assertEqual(recording.totals, (counts[0], counts[1], 0))
        self.assertGreater(counts[1], 0)

    def test_needs_no_end(self):
        recording, _ = self.check("end=0")
        self.assertIsNone(recording.totals)

    def test_becomes_a_trace(self):
        data = printed("ring")["ring"]
        trace = convert.from_recording.trace_of(data, "ring")
        self.assertGreater(len(trace.operations), 50)


class ThatCannotBeSentInTime(unittest.TestCase):
    def test_says_how_much_is_lost(self):
        found = printed("lossy")
        recording = file_format.decode(found["sent"], "lossy")
        operations, failures, lost = struct.unpack("<3I", found["counts"])
        self.assertEqual(recording.totals, (operations, failures, lost))
        self.assertGreater(lost, 100)
        self.assertEqual(recording.gaps, lost)
        self.assertEqual(len(recording.operations) + lost, operations)
        self.assertFalse(recording.is_whole)
        self.assertTrue(all(operation.caller for operation in recording.operations))
        convert.from_recording.trace_of(found["sent"], "lossy")


class ThatIsNone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data, _ = record()
        cls.front = file_format.HEADER_BYTES + 8 * struct.unpack_from("<H", cls.data, 10)[0]

    def refused(self, sentence, data, partial=False):
        with self.assertRaisesRegex(file_format.RecordingError, sentence):
            file_format.decode(data, "x", partial)

    def test_by_its_start(self):
        self.refused("^x: is empty$", b"")
        self.refused("^x: is no recording: it does not start with OBMR$", b"OBMT" + self.data[4:])
        self.refused("^x: has format version 2; known is 1$", self.data[:4] + b"\2\0" + self.data[6:])
        self.refused("^x: its header is damaged: ", self.data[:8] + b"\1\0" + self.data[10:])
        self.refused("^x: its header is damaged: ", self.data[:10] + b"\3\0" + self.data[12:])

    def test_by_its_length(self):
        self.refused("^x: is cut off in its header: 20 of 64 bytes$", self.data[:20])
        self.refused("^x: is cut off in its table of callers: ", self.data[:self.front - 1])
        self.refused(r"^x: is cut off in block 3, which has 7 of 256 bytes$", self.data[:self.front + 2 * 256 + 7])
        self.refused(r"^x: has no end: after \d+ operations ", self.data[:self.front + 4 * 256])
        self.refused("^x: block 4 follows block 2: ", self.data[:self.front + 512] + self.data[self.front + 768:])
        partial = file_format.decode(self.data[:self.front + 2 * 256 + 7], "x", partial=True)
        self.assertGreater(len(partial.operations), 50)
        self.assertIsNone(partial.totals)
        ring = printed("ring")["ring"]
        self.refused(r"^x: is cut off: \d of \d blocks are there$", ring[:-256])

    def test_whatever_is_damaged(self):
        """A changed byte is told or harmless: never another error."""
        chance = random.Random(1)
        told = 0
        for _ in range(200):
            data = bytearray(self.data[:self.front + 6 * 256])
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            try:
                follow(file_format.decode(bytes(data), "x", partial=True))
            except file_format.RecordingError as error:
                self.assertRegex(str(error), "^x: ")
                told += 1
        self.assertGreater(told, 5)

    def test_by_its_firmware(self):
        recording = file_format.decode(self.data, "x")
        for name in ("ring", "leaky"):
            firmware = elf_match.load_firmware(image(name))
            with self.assertRaisesRegex(file_format.RecordingError, "^x: was not recorded by the firmware other: "):
                elf_match.check(recording, firmware, "other")
        with self.assertRaisesRegex(file_format.RecordingError, "README.md: is no ELF file"):
            elf_match.load_firmware(REPOSITORY / "README.md")
        callers = {**recording.callers, **{caller: code ^ 1 for caller, code in recording.callers.items()}}
        with self.assertRaisesRegex(file_format.RecordingError, "has other code there$"):
            elf_match.check(recording._replace(callers=callers), elf_match.load_firmware(image("replay")), "other")

    def test_tools_end_with_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "cut.obmr"
            path.write_bytes(self.data[:300])
            for tool in (["port/host/leaks.py", str(path)], ["tests/traces/convert.py", str(path), "--check"]):
                done = subprocess.run([sys.executable, *tool], cwd=REPOSITORY, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, r"^\w+\.py: .*cut\.obmr: is cut off in its table of callers: 300 of \d+ bytes\n$")


class HistoryOf(unittest.TestCase):
    """What a board does not show at will: interrupted reallocs, lost frees, heaps that end."""

    @staticmethod
    def history(*operations, pools_serve=True):
        recording = file_format.Recording("x", [], {}, None, 0, 0, pools_serve, True, True, 0, (0, 0), (0, 0), 0, 0, 0)
        history = History(recording)
        for number, (kind, address, size, result) in enumerate(operations):
            history.apply(file_format.Operation(kind, number, number, 1, address, size, result))
        return history

    def test_address_reused_while_its_realloc_is_told(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.REALLOC_BEGINS, 64, 0, 0), (form.MALLOC, 64, 7, 64),
                               (form.REALLOC, 64, 20, 128))
        self.assertEqual(sorted((block.address, block.bytes) for block in history.live.values()), [(64, 7), (128, 20)])
        self.assertEqual((history.overlaps, history.unknown), ([], []))

    def test_address_reused_and_moved_on_meanwhile(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.REALLOC_BEGINS, 64, 0, 0), (form.MALLOC, 64, 7, 64),
                               (form.REALLOC_BEGINS, 64, 0, 0), (form.REALLOC, 64, 9, 256), (form.MALLOC, 64, 3, 64),
                               (form.REALLOC, 64, 20, 128))
        self.assertEqual(sorted((block.address, block.bytes) for block in history.live.values()),
                         [(64, 3), (128, 20), (256, 9)])
        self.assertEqual((history.overlaps, history.unknown, history.live_bytes), ([], [], 32))

    def test_realloc_that_failed(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.REALLOC_BEGINS, 64, 0, 0), (form.REALLOC, 64, 900, 0))
        self.assertEqual((history.live[64].bytes, history.failures, history.live_bytes), (10, 1, 10))

    def test_realloc_to_nothing(self):
        form = file_format
        calls = ((form.MALLOC, 64, 10, 64), (form.REALLOC, 64, 0, 0))
        self.assertEqual(self.history(*calls, pools_serve=False).live, {})
        self.assertEqual(len(self.history(*calls).live), 1)

    def test_wrong_frees(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.FREE, 64, 0, 0), (form.FREE, 64, 0, 0))
        self.assertEqual([operation.ordinal for operation in history.unknown], [2])

    def test_free_that_was_lost(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.MALLOC, 64, 30, 64))
        self.assertEqual((len(history.overlaps), history.live_bytes), (1, 30))

    def test_heap_that_ends(self):
        form = file_format
        history = self.history((form.MALLOC, 64, 10, 64), (form.MALLOC, 96, 10, 96), (form.OTHER, 80, 100, 0))
        self.assertEqual(list(history.live), [64])


if __name__ == "__main__":
    unittest.main()
