# SPDX-License-Identifier: MIT
"""The proof of pools/, short: a few cheap functions are proved, and a broken one is not.

`make prove` proves all of tests/proof/proved.txt.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROOF = REPOSITORY / "tests" / "proof"
sys.path.insert(0, str(PROOF))

import prove

CHEAP = ("pools_class_of", "pools_owns", "chunk_bytes_for", "map_granule")


def run(*words):
    command = [sys.executable, str(PROOF / "prove.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Proof(unittest.TestCase):
    def setUp(self):
        if prove.missing_tools():
            self.skipTest(f"not installed, Debian's packages: {' '.join(prove.missing_tools())}")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_cheap_functions_are_proved(self):
        done = run("--build", str(self.folder), "--only", *CHEAP)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"{len(CHEAP)} functions, \d+ goals: .*; 0 left")
        for function in CHEAP:
            self.assertRegex(done.stdout, rf"sizes +{function} +[1-9]\d* +0\n")

    def test_broken_function_is_not_proved(self):
        pools = self.folder / "pools"
        shutil.copytree(REPOSITORY / "pools", pools)
        header = pools / "heap_inline.h"
        text = header.read_text()
        self.assertEqual(text.count("/ 8u + POOLS_CLASS_FIRST"), 1)
        header.write_text(text.replace("/ 8u + POOLS_CLASS_FIRST", "/ 8u + POOLS_CLASS_FIRST - 1u"))
        done = run("--build", str(self.folder), "--pools", str(pools), "--seconds", "1", "--only", "pools_class_of")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not proved: pools_class_of", done.stderr)
        self.assertRegex(done.stdout, r"left: pools_class_of_ensures")


class List(unittest.TestCase):
    """What needs no prover."""

    def test_each_function_of_the_list_has_a_contract(self):
        text = "".join((REPOSITORY / "pools" / name).read_text() for name in os.listdir(REPOSITORY / "pools"))
        for unit, functions in prove.listed(PROOF / "proved.txt").items():
            self.assertTrue((PROOF / f"{unit}.c").exists())
            for function in functions:
                self.assertRegex(text, rf"\*/\n[^\n;{{=]*\b{function}\(", function)

    def test_axioms_are_stated_twice(self):
        text = (PROOF / "words.h").read_text() + (PROOF / "bits.h").read_text()
        axioms = re.findall(r"^\s*axiom (\w+):", text, re.MULTILINE)
        stated = re.findall(r"^; axiom (\w+)$", (PROOF / "words.smt2").read_text(), re.MULTILINE)
        self.assertEqual(sorted(axioms), sorted(stated))
        self.assertGreater(len(axioms), 8)



if __name__ == "__main__":
    unittest.main()
