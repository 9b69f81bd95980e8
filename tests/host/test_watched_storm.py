# SPDX-License-Identifier: MIT
# test-boards: mps2-an386
"""Tasks and nested handlers allocate at once while everybody watches, and what is seen is what happened."""

import os
import pathlib
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("board/host", "tests", "port/host")]

import boards
from recording import file_format
from recording.history import follow
from runner import jobs

BOARD = os.environ.get("BOARD") or "mps2-an386"
_, WATCHERS = jobs.see_builds(BOARD)
IMAGE = boards.image_path(BOARD, "nano", "watched_storm", lock=f"primask-{WATCHERS}")


class Storm(unittest.TestCase):
    def test_is_seen_as_it_was(self):
        for flag in (1, 0):
            with self.subTest(flag=flag), tempfile.TemporaryDirectory(prefix="storm.") as folder:
                path = pathlib.Path(folder) / "r"
                words = [f"use_main_obmalloc={flag}", f"record={path}"]
                run = boards.run(BOARD, IMAGE, words, ["-icount", "shift=8"])
                self.assertEqual(run.status, 0, run.output)
                self.assertIn("ok storm_is_seen_as_it_was\n", run.output)
                recording = file_format.load(path)
                begun = sum(operation.kind == file_format.REALLOC_BEGINS for operation in recording.operations)
                self.assertEqual(len(recording.operations) - begun, recording.totals.operations)
                self.assertGreater(begun, 500)
                history = follow(recording)
                self.assertEqual((history.unknown, history.overlaps, history.live), ([], [], {}))
                self.assertEqual((history.failures, recording.totals.lost), (recording.totals.failures, 0))


if __name__ == "__main__":
    unittest.main()
