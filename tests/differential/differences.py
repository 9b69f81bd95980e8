# SPDX-License-Identifier: MIT
"""Where our allocator does by design something else than CPython's: name, what CPython does, what we do, why.

tests/host/test_cpython_differential.py has for each a test of the same name that sees both do what is said here. It
takes nothing else for a difference. README.md shows the table.
"""

DIFFERENCES = {
    "shortest_block": (
        "1..16 and 17..32 bytes are two classes",
        "1..8 and 9..16 are one, of 16 bytes",
        "a chunk that is free holds four words"),
    "malloc_of_0": (
        "the raw allocator serves it",
        "a pool serves it, as for 1 byte; `realloc(p, 0)` too",
        "a block without header is the shortest there is"),
    "shrink_within_a_class": (
        "moves the block to another of the same class if that saves a quarter",
        "stays",
        "a block of the same length saves nothing"),
    "grow_in_place": (
        "moves the block to a longer class",
        "stays where what lies behind it is free",
        "saves the copy; CPython's blocks have no room behind them"),
    "longest_class": (
        "the class of 497..512 bytes is as any other",
        "the one of 249..256 and those above have no pool: they are merged when freed",
        "one window of the map shows where a pooled block ends"),
    "classes_side_by_side": (
        "blocks of a class lie in a pool of theirs",
        "blocks lie in the order in which they were first wanted, whatever their class",
        "a pool of its own is half empty for most classes of a small program"),
    "last_freed_of_all": (
        "the pool that served last serves on, its last freed block first",
        "the last freed block of the class is first, wherever it lies",
        "a pool is one list"),
    "emptied_pool": (
        "a pool whose blocks are all freed serves any class",
        "what waits in a pool serves others when memory is scarce",
        "there is nothing to count on the fast path"),
}
