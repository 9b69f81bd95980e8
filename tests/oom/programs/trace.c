// SPDX-License-Identifier: MIT
/* Replays the recorded trace that the word trace=PATH names, with every byte of every block checked, and frees what is live at its
 * end. A request that is refused leaves the rest of the trace to do without that block. */
#include <stdlib.h>

#include "obmalloc.h"
#include "oom/programs/program.h"
#include "replay/workspace.h"

int main(void) {
    obmalloc_boot();
    HOLDS(workspace.prepared && workspace.error == NULL);
    struct player *player = &workspace.player;
    struct trace_operation operation;
    while (trace_next(&workspace.stream, &operation)) {
        player_do(player, &operation);
    }
    HOLDS(workspace.stream.error == NULL);
    player_check_live(player);
    HOLDS(player->mismatch_count == 0);
    for (uint32_t slot = 0; slot < player->slot_count; slot++) {
        free(player->slots[slot].block);
    }
    if (player->failure_count != 0) {
        program_refused();
    }
    return program_end();
}
