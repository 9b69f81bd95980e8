// SPDX-License-Identifier: MIT
/*
 * Replays a recorded trace on the board and reports what it cost, as `key value` lines for run.py.
 *
 * Words of the command line:
 *   trace=PATH             the trace, in binary form, on the host
 *   use_main_obmalloc=0|1
 *   region_bytes=N         a dynamic region of N bytes for the allocator instead of the linker's
 *   arena_bytes=N          the part of it that is the arena, 0 = all of it
 *   print_counts=1         print what each call took, see meter.h; only right under icount
 *   stop_at_failure=1      end at the first request that fails
 *   sample_every=N         after each N operations a line `sample OPERATIONS LIVE HELD`: bytes that the trace
 *                          holds, and bytes that the allocator holds for it
 *   corrupt=N              damage a block before operation N
 * Exit status: 0 = replayed and every block's contents held; 1 = they did not, or the arena is not
 * sound; 2 = nothing was measured, `error` says why.
 */
#include "board.h"
#include "meter.h"
#include "obmalloc.h"
#include "report.h"
#include "workspace.h"

enum { EXIT_SOUND = 0, EXIT_UNSOUND = 1, EXIT_NOT_MEASURED = 2 };

static int not_measured(const char *sentence) {
    report_text("error", sentence);
    return EXIT_NOT_MEASURED;
}

static void report_player(const struct player *player) {
    report_number("operations", player->operation_count);
    report_number("skipped", player->skipped_count);
    report_number("failures", player->failure_count);
    report_number("peak_live_bytes", player->peak_live_bytes);
    report_number("answer_hash", player->answer_hash);
    report_number("arena_blocks", player->arena_block_count);
    report_number("libc_blocks", player->libc_block_count);
    report_number("mismatches", player->mismatch_count);
    if (player->mismatch_count != 0) {
        report_text("mismatch", player->mismatch_sentence);
        report_number("mismatch_operation", player->mismatch_operation);
        report_number("mismatch_slot", player->mismatch_slot);
        report_number("mismatch_offset_bytes", player->mismatch_offset_bytes);
    }
}

/* Returns true iff the arena is sound. */
static bool report_heap(void) {
    struct obmalloc_statistics statistics;
    obmalloc_statistics(&statistics);
    report_number("arena_bytes", statistics.arena.region_bytes);
    report_number("arena_high_water_bytes", statistics.arena.high_water_bytes);
    report_number("libc_high_water_bytes", statistics.libc_heap_high_water_bytes);
    report_number("overflow_small_to_libc", statistics.overflow_small_to_libc);
    report_number("overflow_large_to_arena", statistics.overflow_large_to_arena);
    struct pools_finding finding;
    bool sound = obmalloc_check(&finding) == POOLS_OK;
    report_text("arena_check", sound ? "sound" : finding.sentence);
    return sound;
}

static void report_sample(const struct player *player) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    uint64_t held_bytes = now.libc_heap_bytes + now.arena.region_bytes - now.arena.untouched_bytes;
    board_console_puts("sample ");
    report_word(player->operation_count);
    board_console_puts(" ");
    report_word(player->live_bytes);
    board_console_puts(" ");
    report_word(held_bytes);
    board_console_puts("\n");
}

int main(void) {
    struct trace_stream *stream = &workspace.stream;
    struct player *player = &workspace.player;
    obmalloc_boot();
    if (!workspace.prepared) {
        return not_measured("the allocator did not ask for its region at boot");
    }
    if (workspace.error != NULL) {
        return not_measured(workspace.error);
    }
    struct obmalloc_boot_report boot = obmalloc_boot_report();
    if (boot.boot_region_ignored) {
        return not_measured(boot.sentence);
    }
    report_text("board", board_name);
    report_text("boot", boot.sentence);
    report_number("flag", (uint64_t)boot.flag);
    report_number("region_bytes", (uintptr_t)boot.region.end - (uintptr_t)boot.region.start);
    report_number("table_bytes", workspace.table_bytes);
    report_number("has_tick", meter_start(workspace.counts_wanted));

    struct trace_operation operation;
    while (trace_next(stream, &operation)) {
        if (workspace.damage_wanted && player->operation_count == workspace.damage_operation) {
            report_number("damaged", player_damage(player));
        }
        player_do(player, &operation);
        if (workspace.sample_every != 0 && player->operation_count % workspace.sample_every == 0) {
            report_sample(player);
        }
        if (workspace.stop_at_failure && player->failure_count != 0) {
            break;
        }
    }
    meter_end();
    if (stream->error != NULL) {
        return not_measured(stream->error);
    }
    player_check_live(player);
    report_player(player);
    bool sound = report_heap();
    report_number("done", 1);
    return player->mismatch_count == 0 && sound ? EXIT_SOUND : EXIT_UNSOUND;
}
