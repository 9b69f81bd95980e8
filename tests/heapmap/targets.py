# SPDX-License-Identifier: MIT
"""For the tests: a heap that has said what it is, a run that leaks, and what follows from its operations."""

import functools
import os
import pathlib
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("tests/gdb", "tests", "port/host", "board/host")]

import boards
from heapmap import model as models
from known_heap import BOARD, at_stop, image_of
from recording import file_format as form, history
from runner import jobs

LEAKY = boards.image_path(BOARD, "nano", "leaky", lock=jobs.see_builds(BOARD)[1])
UNIT_BYTES = 8
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
