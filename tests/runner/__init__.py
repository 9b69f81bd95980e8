# SPDX-License-Identifier: MIT
"""What tests/run_tests.py is made of."""
