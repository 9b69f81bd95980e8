# SPDX-License-Identifier: MIT
"""Recordings of a firmware's allocations, as port/RECORD.md describes them: what they hold, and what follows."""
