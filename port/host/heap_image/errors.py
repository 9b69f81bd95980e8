# SPDX-License-Identifier: MIT
"""What all of this package raises."""


class HeapImageError(Exception):
    """A sentence, without a full stop, that says why a heap cannot be looked at, and where."""
