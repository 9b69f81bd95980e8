# SPDX-License-Identifier: MIT
"""The table of budgets has a row for each path that is counted, and is rewritten as it says."""

import pathlib
import re
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "budget"))

import counts
import table

ROWS = table.rows()


class Table(unittest.TestCase):
    def test_every_path_is_counted_and_every_count_is_a_path(self):
        named = set()
        for image in counts.images():
            source = (REPOSITORY / "tests" / "target" / f"{image}.c").read_text("utf-8")
            cases = set(re.findall(r"^BUDGET_CASE\((\w+)\)", source, re.MULTILINE))
            self.assertEqual(cases, set(re.findall(r"TEST_ENTRY\((\w+)\)", source)), image)
            self.assertFalse(cases & named)
            named |= cases
        others = {path for path in ROWS if re.match("flag_0_|bytes_|worst_", path)}
        self.assertEqual(named | others, set(ROWS))

    def test_rewriting_changes_the_budgets_alone(self):
        text = table.TABLE.read_text("utf-8")
        same = {(path, name): row.budget[name] for path, row in ROWS.items() for name in row.budget}
        self.assertEqual(table.with_budgets(text, same), text)
        path = next(iter(ROWS))
        changed = table.rows(table.with_budgets(text, {(path, table.V6M): 777}))
        self.assertEqual(changed.pop(path).budget[table.V6M], 777)
        self.assertEqual(changed, {name: row for name, row in ROWS.items() if name != path})

    def test_a_line_that_is_no_row_is_refused(self):
        with self.assertRaises(ValueError):
            table.rows('BUDGET(malloc_fast, 15, 13, 20, "too few")\n')


if __name__ == "__main__":
    unittest.main()
