// SPDX-License-Identifier: MIT
/*
 * Searches for the costliest calls: random restarts, and from each a climb over varied sequences, by
 * turns for each kind of call that is bounded.
 *
 * Words of the command line:
 *   region_bytes=N   the heap's region
 *   seed=N           names the search, with the other words: it is the same in every run
 *   plays=N          sequences to play
 * Prints, for search.py: `seen KIND N` for each kind of call, the most that one took;
 * `sequence KIND` and `op TEXT` lines, a sequence in which such a call took so much, for the
 * kinds that are bounded; `calls N`; `done 1`. Exit status: 0; 1 = the heap was not sound once; 2 =
 * bad words.
 */
#include <stdlib.h>

#include "board.h"
#include "genome.h"
#include "harness/board_text.h"
#include "replay/meter.h"

enum {
    BOUNDED_COUNT = KIND_FREE_LARGE + 1,
    /* A climb that long without a step up is over. */
    PATIENCE_PLAYS = 100,
    EXIT_UNSOUND = 1,
    EXIT_BAD_WORDS = 2
};

struct best {
    uint32_t instructions;
    struct genome genome;
};

static struct best best[BOUNDED_COUNT];
static uint32_t seen[KIND_COUNT];
static uint32_t call_count;
static bool is_sound = true;

static uint32_t number_of(const char *key) {
    char digits[11];
    return board_argument(key, digits, sizeof digits) != 0 ? (uint32_t)strtoul(digits, NULL, 10)
                                                           : 0;
}

/* Plays, keeps what was costlier than anything before, and returns what the goal's call took. */
static uint32_t try_it(const struct genome *genome, uint32_t goal) {
    struct play play;
    genome_play(genome, &play, false);
    is_sound = is_sound && play_is_sound();
    call_count += play.call_count;
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        if (play.worst[kind] > seen[kind]) {
            seen[kind] = play.worst[kind];
            if (kind < BOUNDED_COUNT) {
                best[kind] = (struct best){play.worst[kind], *genome};
            }
        }
    }
    return play.worst[goal];
}

static void climb(struct genome *current, struct dice *dice, uint32_t region_bytes, uint32_t goal,
                  uint32_t *plays_left) {
    static struct genome next;
    uint32_t reached = try_it(current, goal);
    uint32_t patience = PATIENCE_PLAYS;
    while (*plays_left != 0 && patience-- != 0) {
        (*plays_left)--;
        next = *current;
        genome_vary(&next, dice, region_bytes);
        uint32_t instructions = try_it(&next, goal);
        /* Sideways too: the way up may lead over sequences that are as costly. */
        if (instructions >= reached) {
            *current = next;
            patience = instructions > reached ? PATIENCE_PLAYS : patience;
            reached = instructions;
        }
    }
}

/* Takes out what does not matter for the costliest call of this kind, for the reader; it may get
 * costlier by that. */
static void simplify(struct best *costliest, uint32_t kind) {
    struct genome *genome = &costliest->genome;
    static struct genome less;
    static struct play play;
    bool got_simpler = true;
    while (got_simpler) {
        got_simpler = false;
        for (uint32_t index = genome->length; index-- != 0;) {
            for (less = *genome; genome_lessen(&less, index); less = *genome) {
                genome_play(&less, &play, false);
                if (play.worst[kind] < costliest->instructions) {
                    break;
                }
                costliest->instructions = play.worst[kind];
                *genome = less;
                got_simpler = true;
            }
        }
    }
}

static void report(void) {
    static struct play play;
    for (uint32_t kind = 0; kind < BOUNDED_COUNT; kind++) {
        simplify(&best[kind], kind);
        seen[kind] = best[kind].instructions;
    }
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++) {
        text_print("seen %s %u\n", play_kind_names[kind], (unsigned)seen[kind]);
    }
    for (uint32_t kind = 0; kind < BOUNDED_COUNT; kind++) {
        text_print("sequence %s\n", play_kind_names[kind]);
        genome_play(&best[kind].genome, &play, true);
    }
    text_print("calls %u\ndone 1\n", (unsigned)call_count);
}

int main(void) {
    static struct genome current;
    uint32_t region_bytes = number_of("region_bytes=");
    uint32_t plays_left = number_of("plays=");
    /* Neighbouring seeds shall not begin alike. */
    struct dice dice = {((number_of("seed=") + 1) * UINT32_C(2654435761)) | 1};
    if (!play_prepare(region_bytes) || !meter_start(false)) {
        text_print("error the board has no such region, or no tick\n");
        return EXIT_BAD_WORDS;
    }
    for (uint32_t goal = 0; plays_left != 0; goal = (goal + 1) % BOUNDED_COUNT) {
        /* Some climbs go on from the best so far, of this kind or of another. */
        uint32_t from = dice_below(&dice, 8);
        if (from < BOUNDED_COUNT && best[from].instructions != 0) {
            current = best[from].genome;
        } else {
            genome_invent(&current, &dice, region_bytes);
        }
        climb(&current, &dice, region_bytes, goal, &plays_left);
    }
    report();
    return is_sound ? EXIT_SUCCESS : EXIT_UNSOUND;
}
