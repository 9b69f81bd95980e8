# SPDX-License-Identifier: MIT
"""The environment in which a user calls make: that of a test, without the make around the test."""

import os

OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL")
OF_THE_TEST = ("BOARD",)


def environment():
    return {name: value for name, value in os.environ.items()
            if name not in OF_MAKE + OF_THE_TEST}
