# SPDX-License-Identifier: MIT
"""The smallest size at which something succeeds, where success need not be monotonic.

An allocator can fail in a region and succeed in a smaller one: another size moves its blocks, and
with them its gaps. A bisection would then depend on which sizes it happens to try. So what it finds
is confirmed: the next CONFIRMED_STEPS sizes up must succeed too, else the search goes on above the
largest of them that failed.
"""

CONFIRMED_STEPS = 4


class NoSize(Exception):
    """No size up to the largest allowed one succeeds."""


def bisect(succeeds, failing, succeeding, step):
    """Returns the upper end of a neighbouring pair (fails, succeeds) between the two."""
    while succeeding - failing > step:
        middle = failing + (succeeding - failing) // (2 * step) * step
        if succeeds(middle):
            succeeding = middle
        else:
            failing = middle
    return succeeding


def first_success(succeeds, size, largest, step):
    """Returns (a size that fails or None, a size that succeeds), going up in steps that grow."""
    failing = None
    while not succeeds(size):
        failing = size
        if size >= largest:
            raise NoSize(f"not even {largest} bytes suffice")
        size = min(largest, size + max(step, size // 8 // step * step))
    return failing, size


def smallest(succeeds, start, largest, step, confirmed_steps=CONFIRMED_STEPS):
    """Returns the smallest size, a multiple of step, that the rule above finds.

    succeeds(size) is asked once for each size. start, largest: multiples of step; sizes below start
    are tried only when start itself succeeds. Raises NoSize.
    """
    known = {}

    def ask(size):
        if size not in known:
            known[size] = succeeds(size)
        return known[size]

    failing, size = first_success(ask, start, largest, step)
    if failing is None:
        failing = 0
    while True:
        size = bisect(ask, failing, size, step)
        above = [size + step * number for number in range(1, confirmed_steps + 1)]
        failed = [other for other in above if other <= largest and not ask(other)]
        if not failed:
            return size
        failing = failed[-1]
        _, size = first_success(ask, failing + step, largest, step)
