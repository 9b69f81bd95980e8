# SPDX-License-Identifier: MIT
"""What a call takes under flag 0 beyond the C library alone.

The same trace is replayed in an image with the port, flag 0, and in one that is linked against the C
library as it is installed (tests/bench/stock.c), in a region of the same addresses; both count each
call. The trace first takes all of its heap and frees it, so that sbrk, which is the board's in one
image and ours in the other, runs in the first call only, and that one is left out.
"""

import pathlib
import random
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "replay"))

import measure
import trace_binary
from trace_text import CALLOC, FREE, MALLOC, REALLOC, Operation, SlotStates, Trace

BOARD = "mps2-an386"
LIBCS = ("nano", "newlib")
# newlib's malloc is a jump to the reentrant function already; picolibc's is the function itself, so
# that there is one jump more.
LIBCS_WITHOUT_A_JUMP = ("picolibc",)
REGION_BYTES, HEAP_BYTES = 60000, 40000
SLOT_COUNT, OPERATION_COUNT, SEED = 48, 3000, 3
PATHS = {MALLOC: "flag_0_malloc", FREE: "flag_0_free", CALLOC: "flag_0_calloc",
         REALLOC: "flag_0_realloc"}


def churn():
    """Small and large calls of the four kinds, a third of the heap live at most."""
    generator = random.Random(SEED)
    states, operations, size_of = SlotStates(), [], {}

    def do(*fields):
        operation = Operation(*fields)
        states.apply(operation)
        operations.append(operation)

    do(MALLOC, 0, HEAP_BYTES)
    do(FREE, 0)
    while len(operations) < OPERATION_COUNT:
        slot = generator.randrange(SLOT_COUNT)
        size_bytes = generator.choice((generator.randrange(1, 100), generator.randrange(1, 600)))
        room = sum(size_of.values()) + size_bytes < HEAP_BYTES // 3
        if slot not in size_of and room:
            do(generator.choice((MALLOC, CALLOC)), slot, size_bytes)
            size_of[slot] = size_bytes
        elif slot in size_of and room and generator.random() < 0.4:
            do(REALLOC, slot, size_bytes)
            size_of[slot] = size_bytes
        elif slot in size_of:
            do(FREE, slot)
            del size_of[slot]
    return Trace("flag 0", operations, states.slot_count, states.peak_live_bytes)


def images(build, libc, variant=""):
    """With the port, perhaps as `make GUARD=1` builds it (-guard), and without."""
    return (pathlib.Path(build) / f"{BOARD}-{libc}{variant}" / "replay.elf",
            pathlib.Path(build) / f"{BOARD}-bench" / libc / "replay.elf")


def differences(build, libc, variant=""):
    """Returns {kind: [instructions more, call by call]}."""
    trace = churn()
    data = trace_binary.encode(trace)
    reports = [measure.replay(BOARD, image, data, 0, [f"region_bytes={REGION_BYTES}"])
               for image in images(build, libc, variant)]
    for key in ("failures", "skipped", "mismatches"):
        if any(report[key] for report in reports):
            raise measure.ReplayError(f"{libc}: {key} in a trace that should have none")
    if reports[0]["libc_high_water_bytes"] > HEAP_BYTES + 5000:
        raise measure.ReplayError(f"{libc}: sbrk was called behind the first call")
    found = {}
    for operation, ours, stock in list(zip(trace.operations, *(report["calls"] for report in
                                                               reports)))[1:]:
        found.setdefault(operation.kind, []).append(ours - stock)
    return found


def extra(build, libcs=LIBCS, variant=""):
    """Returns {path: instructions more at most}, over these C libraries."""
    worst = {}
    for libc in libcs:
        for kind, more in differences(build, libc, variant).items():
            worst[PATHS[kind]] = max(worst.get(PATHS[kind], 0), *more)
    return worst
