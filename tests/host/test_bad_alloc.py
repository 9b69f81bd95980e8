# SPDX-License-Identifier: MIT
# test-boards: mps3-an547
"""Requests that no heap can serve are refused with ENOMEM or EINVAL, and the heap works on: under flag 1, and with the guard
under flag 0; in RAM at 0x20000000 and at 0x80000000. The C libraries alone fail the same list."""

import os
import pathlib
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "bad_alloc"))

import bad_alloc

BUILD = os.environ.get("BUILD") or "build"
# The guard's C code is the same for both newlibs.
GUARDED = ("nano", "picolibc")


class BadAlloc(unittest.TestCase):
    def assert_refused(self, libc, kind, flag, words):
        with self.subTest(libc=libc, kind=kind, flag=flag, words=words):
            found = bad_alloc.all_answers(BUILD, libc, kind, [*words, f"use_main_obmalloc={flag}"])
            self.assertEqual([call for call, _, _ in found], bad_alloc.case_names())
            self.assertEqual([row for row in found if row[1] not in bad_alloc.RIGHT or row[2] != "well"], [])
            bad_alignments = [call for call, answer, _ in found if answer == "EINVAL"]
            self.assertEqual(len(bad_alignments), 6, bad_alignments)

    def test_flag_1(self):
        for words in bad_alloc.RAMS.values():
            for libc in bad_alloc.LIBCS:
                self.assert_refused(libc, "ours", 1, words)

    def test_guard(self):
        for words in bad_alloc.RAMS.values():
            for libc in GUARDED:
                self.assert_refused(libc, "guard", 0, words)
            self.assert_refused("nano", "guard", 1, words)

    def test_list_finds_what_the_library_alone_gets_wrong(self):
        names = bad_alloc.case_names()
        for call, words, answer in (("calloc(0x10000, 0x10000)", (), "block too short"),
                                    ("memalign(0, 16)", (), "other alignment"),
                                    ("sbrk(-1 MiB)", (), "moved"),
                                    ("realloc(p, 0x7ffffff0)", ("ram=high",), "fault")):
            with self.subTest(call):
                index = names.index(call)
                self.assertEqual(bad_alloc.one_answer(BUILD, "nano", "alone", words, index), answer)
                if answer != "moved" and not words:
                    ours = bad_alloc.one_answer(BUILD, "nano", "ours", ["use_main_obmalloc=0"], index)
                    self.assertEqual(ours, answer)

    def test_table(self):
        found = [("nano", dict.fromkeys(bad_alloc.case_names(), "ENOMEM")),
                 ("flag 1", {**dict.fromkeys(bad_alloc.case_names(), "ENOMEM"), "valloc(SIZE_MAX)": "fault"})]
        lines = bad_alloc.table(found)
        self.assertEqual(len(lines), len(bad_alloc.case_names()) + 2)
        self.assertEqual(bad_alloc.wrong(found), [("flag 1", "valloc(SIZE_MAX)", "fault")])


if __name__ == "__main__":
    unittest.main()
