# SPDX-License-Identifier: MIT
"""The sources keep to .clang-format and name their licence."""

import os
import subprocess
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
C_SUFFIXES = (".c", ".h", ".cc")
TEXT_SUFFIXES = (*C_SUFFIXES, ".py", ".sh", ".ld", ".mk")
FOLDERS = ("port", "pools", "board", "linker", "tests")


def files(suffixes):
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(REPOSITORY, folder)):
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield os.path.join(path, name)


class Sources(unittest.TestCase):
    def test_clang_format(self):
        done = subprocess.run(
            ["clang-format", "--dry-run", "--Werror", *files(C_SUFFIXES)],
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if " error: " in line})
        self.assertEqual(wrong, [], "`make format` puts these right")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_licence_line(self):
        missing = []
        for path in files(TEXT_SUFFIXES):
            with open(path, encoding="utf-8") as file:
                head = file.readline() + file.readline()
            if "SPDX-License-Identifier: MIT" not in head:
                missing.append(os.path.relpath(path, REPOSITORY))
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
