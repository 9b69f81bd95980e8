#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the unittest cases of one Python file and prints the lines that a board prints."""

import os
import sys
import traceback
import unittest


class LineResult(unittest.TestResult):
    """Prints `ok`, `FAIL` and `skip` as cases end; a failed subtest fails its case once."""

    def __init__(self):
        super().__init__()
        self.failed = set()

    @staticmethod
    def name_of(test):
        return getattr(test, "test_case", test).id().rsplit("/", 1)[-1].replace(" ", "_")

    def report_failure(self, test, error):
        name = self.name_of(test)
        traceback.print_exception(*error)
        if name not in self.failed:
            self.failed.add(name)
            text = traceback.format_exception_only(error[0], error[1])[-1].strip()
            print(f"FAIL {name} {test.id().rsplit('.', 1)[-1]}: {text.splitlines()[0]}")

    def addSuccess(self, test):
        super().addSuccess(test)
        if self.name_of(test) not in self.failed:
            print(f"ok {self.name_of(test)}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.report_failure(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.report_failure(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.report_failure(subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skip {self.name_of(test)}: {reason}")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.failed.add(self.name_of(test))
        print(f"FAIL {self.name_of(test)} unexpected success")


def main():
    path = os.path.abspath(sys.argv[1])
    sys.stderr = sys.stdout
    sys.path.insert(0, os.path.dirname(path))
    module = os.path.splitext(os.path.basename(path))[0]
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    result = LineResult()
    suite.run(result)
    print("done")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
