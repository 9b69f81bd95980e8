# SPDX-License-Identifier: MIT
"""Assembly and C decide alike: every trace, in regions that are ample, tight and too small, is answered
with the same addresses by a build of either. tests/unit/test_assembly.c compares every byte after
every call; here it is the firmware's own entry points, and what programs do."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / folder) for folder in ("harness", "replay")]

import measure
from measure import boards
import trace_binary
import user

BOARD = "mps2-an386"
IN_C = "-O2 -DPOOLS_IN_C -DOBMALLOC_ENTRY_IN_C"
# Of the peak of live bytes. In the first one requests fail.
REGIONS = (0.9, 1.1, 1.5)


class Assembly(unittest.TestCase):
    def setUp(self):
        self.elf = boards.image_path(BOARD, "nano", "replay")
        if not pathlib.Path(self.elf).is_file():
            self.skipTest(f"the images of {BOARD} are not built")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.elf_in_c = pathlib.Path(folder.name) / f"{BOARD}-nano" / "replay.elf"
        made = subprocess.run(["make", f"BOARD={BOARD}", f"BUILD={folder.name}", f"OPT={IN_C}",
                               str(self.elf_in_c)], cwd=REPOSITORY, env=user.environment(),
                              capture_output=True, text=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_same_addresses(self):
        failures = 0
        for path in sorted((REPOSITORY / "tests" / "traces").glob("*.obmt")):
            _, trace = measure.load_trace(path.stem)
            data = trace_binary.encode(trace)
            for part in REGIONS:
                words = [f"region_bytes={int(trace.peak_live_bytes * part) // 8 * 8}",
                         "arena_bytes=0"]
                with self.subTest(trace=path.stem, region=part):
                    ours, in_c = (measure.replay(BOARD, elf, data, 1, words, icount=False)
                                  for elf in (self.elf, self.elf_in_c))
                    self.assertGreater(ours["arena_bytes"], 0)
                    self.assertEqual(ours["answer_hash"], in_c["answer_hash"])
                    self.assertEqual({**ours, "calls": []}, {**in_c, "calls": []})
                    failures += ours["failures"]
        self.assertGreater(failures, 100)


if __name__ == "__main__":
    unittest.main()
