// SPDX-License-Identifier: MIT
/*
 * Plays random operations on a board: by turns an episode on pools/ and one on the firmware's own malloc, beside the
 * same shadow model as the fuzzers.
 *
 * Words of the command line:
 *   seed=N               names the play; the same in every run
 *   operations=N         how many; the last episode is played to its end
 *   use_main_obmalloc=0|1
 *   region_bytes=N       of the firmware's heap, for scarcity; as many as there are without it
 *   arena_bytes=N        of these, its arena; 0 = all
 * Prints `operations N` and `done 1`. Exit status: 0; 1 = a promise was broken, `BROKEN:` says which; 2 = bad words.
 */
#include <stdlib.h>

#include "board.h"
#include "harness/board_text.h"
#include "obmalloc.h"
#include "play.h"

enum {
    EPISODE_OPERATIONS = 5000,
    /* A half of the board's scratch memory for the heaps, the other half for model and arena. */
    HEAP_BYTES = TEST_REGION_BYTES / 2 / PLAY_HEAP_COUNT / 8 * 8,
    EXIT_BROKEN = 1,
    EXIT_BAD_WORDS = 2
};

__attribute__((section(".noinit"), aligned(8))) static char memory[PLAY_HEAP_COUNT][HEAP_BYTES];
static uint32_t operation_count;
static bool region_fits = true;

static uint32_t number_of(const char *key, uint32_t otherwise) {
    char digits[11];
    return board_argument(key, digits, sizeof digits) != 0 ? (uint32_t)strtoul(digits, NULL, 10)
                                                           : otherwise;
}

void obmalloc_boot_region(struct obmalloc_region *region) {
    uint32_t room_bytes = (uint32_t)((char *)region->end - (char *)region->start);
    uint32_t region_bytes = number_of("region_bytes=", room_bytes);
    region_fits = region_bytes <= room_bytes;
    if (region_fits) {
        region->start = (char *)region->end - region_bytes;
        region->arena_bytes = number_of("arena_bytes=", region_bytes / 2u);
    }
}

_Noreturn void play_fail(const char *sentence) {
    text_print("BROKEN: %s, in the episode after operation %u\n", sentence,
               (unsigned)operation_count);
    board_exit(EXIT_BROKEN);
}

int main(void) {
    struct play_memory memories[PLAY_HEAP_COUNT];
    struct source source = source_of_seed(number_of("seed=", 1));
    uint32_t wanted = number_of("operations=", EPISODE_OPERATIONS);
    for (unsigned i = 0; i < PLAY_HEAP_COUNT; i++) {
        memories[i] = (struct play_memory){memory[i], HEAP_BYTES};
    }
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    if (!region_fits || boot.boot_region_ignored) {
        text_print("error the board has no such region\n");
        return EXIT_BAD_WORDS;
    }
    for (bool is_pools_turn = true; operation_count < wanted; is_pools_turn = !is_pools_turn) {
        operation_count += is_pools_turn ? play_pools(&source, memories, EPISODE_OPERATIONS)
                                         : play_port(&source, memories, EPISODE_OPERATIONS);
    }
    text_print("operations %u\ndone 1\n", (unsigned)operation_count);
    return EXIT_SUCCESS;
}
