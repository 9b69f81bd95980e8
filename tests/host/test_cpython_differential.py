# SPDX-License-Identifier: MIT
# test-group: conformance
"""CPython's own object allocator and ours, through the same calls: they agree, but for what is listed.

tests/differential/README.md says what is compared with what, and lists the differences.
"""

import functools
import os
import pathlib
import random
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DIFFERENTIAL = REPOSITORY / "tests" / "differential"
sys.path.insert(0, str(DIFFERENTIAL))

import differences
import sequences
from sequences import CALLOC, CLASSES, FREE, FRESH, LIMIT_BYTES, MALLOC, REALLOC, Builder, class_of

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
LIBRARY = BUILD / "host" / "differential" / "sequences.so"
POOL_BYTES = 16384  # CPython's
TIE_SIZES = [class_bytes * part // 4 + offset for class_bytes in (64, 256, 400) for part in (3, 4)
             for offset in (-1, 0)]


def unfit():
    """Why this computer's Python cannot be compared with; None if it can."""
    try:
        sequences.play(LIBRARY, "cpython", [[(MALLOC, 0, 1)]])
        sequences.play(LIBRARY, "ours", [[(MALLOC, 0, 1)]])
    except sequences.Unfit as error:
        return str(error)
    return None


@functools.cache
def skip_reason():
    return unfit()


class Differential(unittest.TestCase):
    def setUp(self):
        if skip_reason():
            self.skipTest(skip_reason())

    def both(self, operations, scale=True):
        """(CPython's outcomes, ours) of one sequence; with `scale` ours is asked for half of each size."""
        theirs = sequences.play(LIBRARY, "cpython", [operations])[0]
        mine = sequences.scaled(operations) if scale else operations
        return theirs, sequences.play(LIBRARY, "ours", [mine])[0]

    def assert_same(self, theirs, ours, what):
        """what: a word for each place."""
        wrong = [(word, one, other) for word, one, other in zip(what, theirs, ours) if one != other]
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(theirs)} differ; first: {wrong[:1]}")


def reuse_pairs(pairs):
    """For each (n, m): the place of a block of n, freed at once, and of the next one, of m."""
    builder = Builder()
    builder.waiting(CLASSES, 3)
    places = []
    for first, second in pairs:
        slot, place = builder.malloc(first)
        builder.add(FREE, slot)
        places.append((place, builder.add(MALLOC, slot, second)))
        builder.add(FREE, slot)
        builder.slots -= 1
    return builder.operations, places


def same_address(outcomes, places):
    return [outcomes[one].address == outcomes[other].address for one, other in places]


class Agrees(Differential):
    def test_the_same_requests_share_a_class(self):
        """A freed block serves the next request iff that is of its class."""
        generator = random.Random(6)
        pairs = [(size, size + 1) for size in range(1, LIMIT_BYTES) if size != 16]
        pairs += [tuple(generator.randrange(17, 497) for _ in range(2)) for _ in range(2000)]
        operations, places = reuse_pairs(pairs)
        theirs, ours = (same_address(outcomes, places) for outcomes in self.both(operations))
        self.assertEqual(theirs, [class_of(first) == class_of(second) for first, second in pairs])
        self.assert_same(theirs, ours, pairs)

    def test_fresh_blocks_lie_a_class_apart(self):
        for class_bytes in CLASSES[1:]:
            builder = Builder()
            builder.add(FRESH, 0, class_bytes)
            for size in range(class_bytes - 15, class_bytes + 1):
                builder.malloc(size)
            theirs, ours = ([other.address - one.address for one, other in zip(outcomes, outcomes[1:])]
                            for outcomes in self.both(builder.operations))
            self.assertEqual(set(theirs), {class_bytes})
            self.assert_same(theirs, [2 * distance for distance in ours], range(16))

    def test_the_same_requests_fall_through(self):
        """To the C library's malloc, from 513 bytes on; nothing is asked for more than there can be."""
        sizes = [*range(1, 1100), 4096, 100_000, 2**63, 2**64 - 1]
        builder = Builder()
        for kind in (MALLOC, CALLOC, REALLOC):
            for size in sizes:
                slot = builder.new_slot()
                builder.add(kind, slot, size)
                builder.add(FREE, slot)
            builder.slots = 0
        theirs, ours = ([(outcome.raw_calls, outcome.is_raw) for outcome in outcomes]
                        for outcomes in self.both(builder.operations, scale=False))
        self.assertEqual(theirs[:2 * 513:2], [(0, 0)] * 512 + [(1, 1)])
        self.assert_same(theirs, ours, builder.operations)

    def test_a_block_that_fell_through_stays_there(self):
        """And a small one that gets large falls through."""
        for old_size, new_size in ((8, 513), (512, 513), (500, 9000), (513, 512), (513, 8), (9000, 700),
                                   (700, 9000), (700, 600)):
            with self.subTest(old_size=old_size, new_size=new_size):
                operations = [(MALLOC, 0, old_size), (REALLOC, 0, new_size), (FREE, 0, 0)]
                theirs, ours = ([(outcome.raw_calls, outcome.is_raw) for outcome in outcomes]
                                for outcomes in self.both(operations, scale=False))
                self.assertTrue(theirs[1][1])
                self.assert_same(theirs, ours, operations)

    def test_blocks_come_back_last_freed_first(self):
        for class_bytes in CLASSES[:-1]:
            builder = Builder()
            builder.waiting([class_bytes], 20)
            slots = [builder.malloc(class_bytes)[0] for _ in range(20)]
            random.Random(class_bytes).shuffle(slots)
            for slot in slots:
                builder.add(FREE, slot)
            again = [builder.malloc(class_bytes)[1] for _ in range(20)]
            theirs, ours = (sequences.names_of(outcomes, builder.operations)
                            for outcomes in self.both(builder.operations))
            freed = [theirs[place][0] for place in again]
            self.assertEqual(len(set(freed)), 20)
            self.assert_same(theirs, ours, builder.operations)

    def test_any_sequence(self):
        """Malloc, calloc, realloc and free at random, of NULL too: every call returns the block that was known as
        the same one before, moved or not, and asks the allocator below as often."""
        runs = [[*range(17, 497)], [*range(1, 17), *range(33, 497)], [48], [100, 101, 120, 90], TIE_SIZES]
        made = [sequences.random_sequence(10 * number + seed, sizes, 5000, 20)
                for number, sizes in enumerate(runs) for seed in range(3)]
        theirs = sequences.play(LIBRARY, "cpython", made)
        ours = sequences.play(LIBRARY, "ours", [sequences.scaled(one) for one in made])
        for number, operations in enumerate(made):
            self.assert_same(sequences.names_of(theirs[number], operations),
                             sequences.names_of(ours[number], operations), operations)
            moves = [place for place, (kind, _, size) in enumerate(operations) if kind == REALLOC]
            self.assertGreater(len(moves), 500)


class Reallocs(Differential):
    """Each class's block, resized to each size of 1..512: where do both stay, where do both move?"""

    @staticmethod
    @functools.cache
    def outcomes():
        builder = Builder()
        builder.waiting(CLASSES, 3)
        cases, places = [], []
        for class_bytes in CLASSES:
            for size in range(1, LIMIT_BYTES + 1):
                slot, place = builder.malloc(class_bytes)
                places.append((place, builder.add(REALLOC, slot, size)))
                builder.add(FREE, slot)
                builder.slots -= 1
                cases.append((class_bytes, size))
        theirs = sequences.play(LIBRARY, "cpython", [builder.operations])[0]
        ours = sequences.play(LIBRARY, "ours", [sequences.scaled(builder.operations)])[0]
        return list(zip(cases, same_address(theirs, places), same_address(ours, places)))

    @staticmethod
    def listed(class_bytes, size):
        """The name of the difference that a case is; None for none."""
        if class_bytes <= 32 and size <= 32 and class_of(size) != class_bytes:
            return "shortest_block"
        if size <= class_bytes and 4 * size <= 3 * class_bytes:
            if class_of(size) == class_bytes:
                return "shrink_within_a_class"
        return None

    def seen(self, name):
        return [(case, theirs, ours) for case, theirs, ours in self.outcomes() if self.listed(*case) == name]

    def test_both_stay_or_both_move(self):
        agreed = self.seen(None)
        self.assertGreater(len(agreed), 15_000)
        for (class_bytes, size), theirs, _ in agreed:
            self.assertEqual(theirs, size <= class_bytes and 4 * size > 3 * class_bytes, (class_bytes, size))
        self.assert_same([theirs for _, theirs, _ in agreed], [ours for _, _, ours in agreed],
                         [case for case, _, _ in agreed])

    def check_ours_stays(self, name):
        for case, theirs, ours in self.seen(name):
            self.assertEqual((theirs, ours), (False, True), case)

    def test_shrink_within_a_class(self):
        self.check_ours_stays("shrink_within_a_class")
        self.assertEqual([case for case, _, _ in self.seen("shrink_within_a_class")],
                         [(16, size) for size in range(1, 13)] + [(32, size) for size in range(17, 25)] +
                         [(48, size) for size in range(33, 37)])

    def test_shortest_block(self):
        self.check_ours_stays("shortest_block")
        operations, places = reuse_pairs([(16, 17)])
        theirs, ours = (same_address(outcomes, places) for outcomes in self.both(operations))
        self.assertEqual((theirs, ours), ([False], [True]))
        theirs, ours = self.both([(FRESH, 0, 16), (MALLOC, 0, 16), (MALLOC, 1, 16)])
        self.assertEqual(theirs[2].address - theirs[1].address, 16)
        self.assertEqual(ours[2].address - ours[1].address, 16)

    def test_longest_class(self):
        builder = Builder()
        builder.waiting([LIMIT_BYTES], 4)
        slots = [builder.malloc(LIMIT_BYTES)[0] for _ in range(4)]
        for slot in slots[:2]:
            builder.add(FREE, slot)
        builder.malloc(LIMIT_BYTES)
        theirs, ours = (sequences.names_of(outcomes, builder.operations)
                        for outcomes in self.both(builder.operations))
        first, last = len(builder.operations) - 7, len(builder.operations) - 6
        self.assertEqual(theirs[-1][0], theirs[last][0])
        self.assertEqual(ours[-1][0], ours[first][0])


class Differs(Differential):
    """The differences that are not about resizing, one by one; Reallocs has the others."""

    def test_malloc_of_0(self):
        operations = [(MALLOC, 0, 0), (MALLOC, 1, 0), (CALLOC, 2, 0), (MALLOC, 3, 100), (REALLOC, 3, 0)]
        theirs, ours = self.both(operations, scale=False)
        for one, other in zip(theirs, ours):
            self.assertTrue(one.address and other.address)
        self.assertEqual([outcome.is_raw for outcome in theirs], [1, 1, 1, 0, 1])
        self.assertEqual([outcome.raw_calls for outcome in ours], [0] * 5)
        self.assertEqual(len({outcome.address for outcome in ours}), 5)

    def test_grow_in_place(self):
        theirs, ours = self.both([(FRESH, 0, 400), (MALLOC, 0, 400), (REALLOC, 0, 480)])
        self.assertEqual(same_address(theirs, [(1, 2)]) + same_address(ours, [(1, 2)]), [False, True])

    def test_classes_side_by_side(self):
        sizes = (320, 400, 320, 400)
        operations = [(FRESH, 0, 320), (FRESH, 0, 400)]
        operations += [(MALLOC, slot, size) for slot, size in enumerate(sizes)]
        theirs, ours = ([outcomes[4].address - outcomes[2].address, outcomes[5].address - outcomes[3].address]
                        for outcomes in self.both(operations))
        self.assertEqual(theirs, [320, 400])
        self.assertEqual([2 * distance for distance in ours], [320 + 400] * 2)

    def test_last_freed_of_all(self):
        """One pool full, the next one begun; a block of the former is freed, then one of the latter."""
        builder = Builder()
        builder.add(FRESH, 0, 496)
        slots = [builder.malloc(496) for _ in range((POOL_BYTES - 48) // 496 - 4)]
        builder.add(FRESH, 0, 496)
        later, later_place = builder.malloc(496)
        earlier, earlier_place = slots[0]
        builder.add(FREE, earlier)
        builder.add(FREE, later)
        last = builder.malloc(496)[1]
        theirs, ours = self.both(builder.operations)
        self.assertNotEqual(theirs[earlier_place].address // POOL_BYTES,
                            theirs[later_place].address // POOL_BYTES)
        self.assertEqual(theirs[last].address, theirs[earlier_place].address)
        self.assertEqual(ours[last].address, ours[later_place].address)

    def test_emptied_pool(self):
        builder = Builder()
        builder.add(FRESH, 0, 496)
        slots = [builder.malloc(496) for _ in range(100)]
        for slot, _ in slots:
            builder.add(FREE, slot)
        others = [builder.malloc(480)[1] for _ in range(100)]

        def shared(outcomes, stretch_bytes):
            freed = {outcomes[place].address // stretch_bytes for _, place in slots}
            return any(outcomes[place].address // stretch_bytes in freed for place in others)
        theirs, ours = self.both(builder.operations)
        self.assertTrue(shared(theirs, POOL_BYTES))
        self.assertGreater(min(ours[place].address for place in others),
                           max(ours[place].address for _, place in slots))


class Listed(unittest.TestCase):
    def test_each_difference_has_its_test(self):
        tests = {name[5:] for case in (Differs, Reallocs) for name in dir(case) if name.startswith("test_")}
        self.assertEqual(tests - {"both_stay_or_both_move"}, set(differences.DIFFERENCES))

    def test_the_table_is_this_one(self):
        text = (DIFFERENTIAL / "README.md").read_text(encoding="utf-8")
        rows = [f"| `{name}` | " + " | ".join(cells) + " |"
                for name, cells in differences.DIFFERENCES.items()]
        self.assertEqual([line for line in text.splitlines() if line.startswith("| `")], rows)


if __name__ == "__main__":
    unittest.main()
