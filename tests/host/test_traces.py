# SPDX-License-Identifier: MIT
"""tests/traces: both forms hold the same, and what is wrong with a file is said with its place."""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
sys.path.insert(0, str(TRACES))

import convert
import trace_binary
from trace_text import Operation, TraceError, format_text, parse_text

TEXT = """# tiny: every operation
# a comment
a 0 24
z 1 0          # nothing
g 2 64 100

r 0 4294966000
f 1
a 1 127
a 300 128
f 0
"""


def parse(text):
    return parse_text(text.splitlines(), "t")


def with_header(data, **changes):
    """Returns a binary trace with header fields replaced and its checksums made right."""
    names = ("magic", "version", "title_bytes", "operation_count", "slot_count",
             "peak_live_bytes", "operations_bytes", "crc")
    fields = dict(zip(names, trace_binary.HEADER.unpack_from(data)))
    body = changes.pop("body", data[trace_binary.HEADER_BYTES:])
    fields["crc"] = zlib.crc32(body)
    fields.update(changes)
    header = trace_binary.HEADER.pack(*fields.values())
    return header + struct.pack("<I", zlib.crc32(header)) + body


class TextForm(unittest.TestCase):
    def assert_refused(self, text, sentence):
        with self.assertRaises(TraceError) as caught:
            parse(text)
        self.assertEqual(str(caught.exception), sentence)

    def test_every_operation_is_read(self):
        trace = parse(TEXT)
        self.assertEqual(trace.title, "tiny: every operation")
        self.assertEqual(trace.operations[2], Operation(4, 2, 100, 64))
        self.assertEqual(len(trace.operations), 8)
        self.assertEqual(trace.slot_count, 301)
        self.assertEqual(trace.peak_live_bytes, 4294966000 + 100 + 127 + 128)

    def test_unknown_operation(self):
        self.assert_refused("a 0 1\nq 1 2", "t:2: 'q' is not an operation; known are f a z r g")

    def test_wrong_count_of_numbers(self):
        self.assert_refused("a 0", "t:1: 'a' takes 2 numbers, the line has 1")
        self.assert_refused("a 0 1\nf 0 1", "t:2: 'f' takes 1 numbers, the line has 2")

    def test_no_numbers(self):
        self.assert_refused("a 0 -1", "t:1: '-1' is not a number of decimal digits")
        self.assert_refused("a 0 1e3", "t:1: '1e3' is not a number of decimal digits")
        self.assert_refused("a 0 \u00b2", "t:1: '\u00b2' is not a number of decimal digits")

    def test_numbers_out_of_range(self):
        self.assert_refused("a 0 4294967296", "t:1: size 4294967296 does not fit in 32 bits")
        self.assert_refused("a 0 99999999999", "t:1: '99999999999' does not fit in 32 bits")
        self.assert_refused("a 1048576 1", "t:1: slot 1048576 is outside 0..1048575")
        self.assert_refused("a 0 4294967295\na 1 1",
                            "t:2: more than 4 GiB are live: not the trace of a 32-bit program")

    def test_bad_alignments(self):
        for alignment in (0, 3, 4294967295):
            self.assert_refused(f"g 0 {alignment} 8",
                                f"t:1: alignment {alignment} is not a power of two up to 2^31")

    def test_slot_states(self):
        self.assert_refused("f 0", "t:1: slot 0 is empty: nothing to free or reallocate")
        self.assert_refused("r 0 8", "t:1: slot 0 is empty: nothing to free or reallocate")
        self.assert_refused("a 0 8\na 0 8",
                            "t:2: slot 0 is full: it was allocated and not freed")

    def test_empty_file(self):
        self.assert_refused("# nothing\n", "t: holds no operation")


class BinaryForm(unittest.TestCase):
    def setUp(self):
        self.trace = parse(TEXT)
        self.data = trace_binary.encode(self.trace)

    def assert_refused(self, data, part):
        with self.assertRaises(TraceError) as caught:
            trace_binary.decode(data, "b")
        self.assertIn(part, str(caught.exception))
        self.assertTrue(str(caught.exception).startswith("b: "))

    def test_round_trip(self):
        decoded = trace_binary.decode(self.data, "b")
        self.assertEqual(decoded, self.trace)
        self.assertEqual(parse(format_text(decoded)), self.trace)

    def test_bytes_are_as_documented(self):
        data = trace_binary.encode(parse("a 0 5\ng 1 64 200\nf 0"))
        self.assertEqual(data[32:], bytes([0 << 3 | 1, 5, 2 << 3 | 4, 6, 0xC8, 0x01, 1 << 3 | 0]))

    def test_long_title_is_cut_between_characters(self):
        trace = self.trace._replace(title="\u00e4" * 150)
        self.assertEqual(trace_binary.decode(trace_binary.encode(trace), "b").title,
                         "\u00e4" * 100)

    def test_cut_off_anywhere(self):
        for length in range(len(self.data)):
            with self.assertRaises(TraceError):
                trace_binary.decode(self.data[:length], "b")
        self.assert_refused(self.data[:20], "is cut off in its header: 20 of 32 bytes")
        self.assert_refused(self.data[:-1], "is cut off")

    def test_any_damaged_byte(self):
        for index in range(len(self.data)):
            damaged = bytearray(self.data)
            damaged[index] ^= 0x10
            with self.assertRaises(TraceError, msg=f"byte {index}"):
                trace_binary.decode(bytes(damaged), "b")

    def test_bytes_behind_the_end(self):
        self.assert_refused(self.data + b"\0", "has bytes after its end")

    def test_unknown_version(self):
        self.assert_refused(with_header(self.data, version=2), "has format version 2; known is 1")

    def test_header_that_contradicts_the_operations(self):
        for change in ({"slot_count": 300}, {"peak_live_bytes": 1}, {"operation_count": 7}):
            self.assert_refused(with_header(self.data, **change),
                                "its header does not describe its operations")
        self.assert_refused(with_header(self.data, operation_count=9), "end in the middle")
        self.assert_refused(with_header(self.data, slot_count=0), "slot count 0 is outside")

    def operations(self, body, count):
        return with_header(self.data, title_bytes=0, operation_count=count,
                           operations_bytes=len(body), body=bytes(body))

    def test_bad_operations(self):
        self.assert_refused(self.operations([5], 1),
                            "operation 0 at byte 32: operation code 5 is unknown")
        self.assert_refused(self.operations([0 << 3 | 1, 8, 1 << 3 | 1, 8], 2),
                            "operation 1 at byte 34: slot -1 is outside")
        self.assert_refused(self.operations([1, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], 1),
                            "a number does not fit in 32 bits")
        self.assert_refused(self.operations([4, 32, 8], 1), "alignment 2^32 does not fit")
        self.assert_refused(self.operations([0], 1), "slot 0 is empty")


class Selection(unittest.TestCase):
    def test_every_trace_is_sound(self):
        names = sorted(TRACES.glob(f"*{convert.BINARY_SUFFIX}"))
        self.assertGreaterEqual(len(names), 18)
        for path in names:
            with self.subTest(trace=path.stem):
                loaded = convert.load(path)
                self.assertGreater(len(loaded.operations), 1000)
                self.assertEqual(trace_binary.encode(loaded), path.read_bytes())


class Command(unittest.TestCase):
    def convert(self, *arguments):
        return subprocess.run([sys.executable, str(TRACES / "convert.py"), *map(str, arguments)],
                              capture_output=True, text=True, check=False)

    def test_there_and_back(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "t.trace").write_text(TEXT)
            self.assertEqual(self.convert(folder / "t.trace", "--into", folder).returncode, 0)
            self.assertEqual(
                self.convert(folder / "t.obmt", "--output", folder / "back").returncode, 0)
            self.assertEqual(parse((folder / "back").read_text()), parse(TEXT))

    def test_errors_are_sentences(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "bad").write_text("a 0 1\nx\n")
            (folder / "noise").write_bytes(b"\xff\xfe\0")
            for arguments, part in (((folder / "bad", "--check"), "bad:2: 'x' is not"),
                                    ((folder / "noise", "--check"), "neither a binary trace"),
                                    ((folder / "none", "--check"), "No such file"),
                                    ((TRACES / "mosq_sub.obmt", "--output", folder / "no" / "x"),
                                     "No such file")):
                with self.subTest(part=part):
                    done = self.convert(*arguments)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(part, done.stderr)
                    self.assertNotIn("Traceback", done.stderr)


if __name__ == "__main__":
    unittest.main()
