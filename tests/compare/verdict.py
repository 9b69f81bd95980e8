# SPDX-License-Identifier: MIT
"""Which flag is right for a program, from what it measured with each, and why.

RAM decides where it is short: where one flag's program fits the board and the other's does not, or where one
needs clearly less and the board has little to spare. Otherwise instructions decide, where they differ
clearly, then RAM. What speaks for the other flag is said, too.
"""

from typing import NamedTuple, Optional

# Less than this apart is the same.
RAM_CLEAR = 0.02
SPEED_CLEAR = 0.05
# Of the board's dynamic region: a program that needs more is short of RAM.
SHORT_OF_RAM = 0.75


class Measured(NamedTuple):
    """One flag. RAM is None iff the program does not fit the board at all."""

    flag: int
    name: str                       # of the allocator
    region_bytes: Optional[int]     # the smallest dynamic region in which every request succeeds
    instructions: Optional[float]   # per call, in a region with room; None: the board has no tick
    worst: Optional[int]            # of all calls but the first, which reads the flag
    held_over_live: Optional[float]  # over the run: what the allocator holds over what is live


class Verdict(NamedTuple):
    flag: int
    reasons: list  # sentences, the deciding one first
    against: list  # sentences for the other flag


def times(more, less):
    return f"{more / less:.2f} times as many" if less else "more"


def ram_sentence(better, other):
    saved = other.region_bytes - better.region_bytes
    return (f"RAM: {better.name} needs {better.region_bytes:,} bytes, {saved:,} ({saved / other.region_bytes:.1%}) "
            f"less than {other.name}")


def speed_sentence(better, other):
    return (f"instructions: {better.instructions:.1f} per call with {better.name}, "
            f"{times(other.instructions, better.instructions)} with {other.name}")


def worst_sentence(better, other):
    return f"worst call: {better.worst:,} instructions with {better.name}, {other.worst:,} with {other.name}"


def held_sentence(better, other):
    return (f"fragmentation: over the run {better.name} holds {better.held_over_live:.2f} times what is live, "
            f"{other.name} {other.held_over_live:.2f} times")


def order(one, other, key, clear):
    """(the better, the other) of two where `key` is less; None iff both are about the same or unknown."""
    first, second = key(one), key(other)
    if first is None or second is None or abs(first - second) <= clear * max(first, second):
        return None
    return (one, other) if first < second else (other, one)


def judge(one, other, board_bytes):
    """one, other: Measured. board_bytes: the board's dynamic region. Returns a Verdict.
    Raises ValueError iff neither fits the board."""
    if one.region_bytes is None and other.region_bytes is None:
        raise ValueError("the program fits the board with neither flag")
    if one.region_bytes is None or other.region_bytes is None:
        fits, fails = (other, one) if one.region_bytes is None else (one, other)
        return Verdict(fits.flag, [f"RAM: with {fails.name} the program does not fit the board's "
                                   f"{board_bytes:,} bytes, with {fits.name} {fits.region_bytes:,} are enough"], [])
    ram = order(one, other, lambda of: of.region_bytes, RAM_CLEAR)
    speed = order(one, other, lambda of: of.instructions, SPEED_CLEAR)
    is_short = min(one.region_bytes, other.region_bytes) > SHORT_OF_RAM * board_bytes
    deciding = (ram if is_short else None) or speed or ram
    # Nothing between them: what adds nothing to the image is the better choice.
    chosen = deciding[0] if deciding else min(one, other, key=lambda of: of.flag)
    sentences = [(pair[0], make(*pair)) for pair, make in (
        (ram if is_short else speed, ram_sentence if is_short else speed_sentence),
        (speed if is_short else ram, speed_sentence if is_short else ram_sentence),
        (order(one, other, lambda of: of.worst, SPEED_CLEAR), worst_sentence),
        (order(one, other, lambda of: of.held_over_live, RAM_CLEAR), held_sentence)) if pair]
    reasons = [sentence for better, sentence in sentences if better is chosen]
    if not deciding:
        reasons.insert(0, "neither needs clearly less RAM or fewer instructions, and the C library alone "
                          "is less to carry")
    return Verdict(chosen.flag, reasons, [sentence for better, sentence in sentences if better is not chosen])
