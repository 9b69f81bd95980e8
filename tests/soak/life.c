// SPDX-License-Identifier: MIT
#include "life.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "replay/pattern.h"
#include "replay/trace_stream.h"

enum {
    SLOT_COUNT = 3072,     /* of all traces */
    KEPT_COUNT = 24,       /* blocks that stay when a run has ended */
    KEPT_BYTES_MAX = 256,  /* each of them */
    BURST_OPERATIONS = 16, /* a turn, at most */
    RUNS_A_CRASH = 16,     /* runs, of which one crashes */
    PATH_BYTES = 160,
    LEAKED_BYTES = 24
};

/* Programs as a device of 64 KiB may have: their peaks are some 52 KiB in all. */
static const char *const names[] = {"mosq_sub", "cjson_shadow", "cxx_sched", "freetype_ui",
                                    "busybox_ash"};
enum { SUBSYSTEM_COUNT = sizeof names / sizeof names[0] };

struct held {
    void *block; /* NULL = empty */
    uint32_t size_bytes;
    uint32_t id; /* of its contents */
};

struct subsystem {
    char path[PATH_BYTES];
    struct trace_stream stream;
    struct held *slots;
    bool runs;
    uint32_t turns_left;      /* of its wait */
    uint32_t operations_left; /* of its run: fewer than the trace has, if it is to crash */
};

struct life_counts life_counts;
static struct subsystem subsystems[SUBSYSTEM_COUNT];
static struct held slots[SLOT_COUNT], kept[KEPT_COUNT];
static uint32_t next_id, random_state, runs_a_leak;

static uint32_t below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (random_state >> 3) % limit;
}

static void check(const struct held *held, uint32_t compared_bytes) {
    life_counts.mismatches +=
        pattern_check(held->block, held->id, held->size_bytes, compared_bytes) != PATTERN_SOUND;
}

static void hold(struct held *held, void *block, uint32_t size_bytes) {
    *held = (struct held){block, size_bytes, next_id++};
    pattern_fill(block, held->id, size_bytes);
}

static void give_back(struct held *held) {
    if (held->block != NULL) {
        check(held, held->size_bytes);
        free(held->block);
        held->block = NULL;
    }
}

static void take(struct held *held, void *block, uint32_t size_bytes) {
    if (block == NULL) {
        life_counts.failures++;
        return;
    }
    hold(held, block, size_bytes);
}

static void resize(struct held *held, uint32_t size_bytes) {
    uint32_t old_bytes = held->size_bytes;
    check(held, old_bytes);
    void *block = realloc(held->block, size_bytes);
    if (block == NULL) {
        life_counts.failures++;
        return;
    }
    held->block = block;
    check(held, old_bytes < size_bytes ? old_bytes : size_bytes);
    hold(held, block, size_bytes);
}

/* What a request that failed leaves undone later is left out. */
static void perform(struct held *held, const struct trace_operation *operation) {
    uint32_t bytes = operation->size_bytes;
    bool is_empty = held->block == NULL;
    if (operation->kind == TRACE_FREE) {
        give_back(held);
    } else if (operation->kind == TRACE_REALLOC && !is_empty) {
        resize(held, bytes);
    } else if (is_empty) {
        take(held,
             operation->kind == TRACE_CALLOC    ? calloc(1, bytes)
             : operation->kind == TRACE_ALIGNED ? memalign(operation->alignment_bytes, bytes)
                                                : malloc(bytes),
             bytes);
    }
}

/* A run has ended: the subsystem gives all back, replaces one of the blocks that stay, and waits about as long as it
 * ran. */
static void end_run(struct subsystem *subsystem) {
    trace_close(&subsystem->stream);
    for (uint32_t slot = 0; slot < subsystem->stream.slot_count; slot++) {
        give_back(&subsystem->slots[slot]);
    }
    struct held *stays = &kept[below(KEPT_COUNT)];
    uint32_t bytes = 1u + below(KEPT_BYTES_MAX);
    give_back(stays);
    take(stays, malloc(bytes), bytes);
    if (runs_a_leak != 0 && life_counts.runs % runs_a_leak == 0) {
        life_counts.failures += malloc(LEAKED_BYTES) == NULL;
    }
    subsystem->runs = false;
    subsystem->turns_left = below(subsystem->stream.operation_count / (BURST_OPERATIONS / 4) + 1u);
}

static bool begin_run(struct subsystem *subsystem) {
    if (!trace_open(&subsystem->stream, subsystem->path)) {
        return false;
    }
    subsystem->runs = true;
    subsystem->operations_left = subsystem->stream.operation_count;
    life_counts.runs++;
    if (below(RUNS_A_CRASH) == 0) {
        life_counts.crashes++;
        subsystem->operations_left = below(subsystem->operations_left);
    }
    return true;
}

/* Returns how many operations it did; UINT32_MAX iff the trace is not whole. */
static uint32_t turn(struct subsystem *subsystem) {
    if (!subsystem->runs) {
        if (subsystem->turns_left != 0) {
            subsystem->turns_left--;
            return 0;
        }
        if (!begin_run(subsystem)) {
            return UINT32_MAX;
        }
    }
    struct trace_operation operation;
    uint32_t count = 0;
    for (uint32_t burst = 1u + below(BURST_OPERATIONS); count < burst; count++) {
        if (subsystem->operations_left == 0) {
            end_run(subsystem);
            break;
        }
        subsystem->operations_left--;
        if (!trace_next(&subsystem->stream, &operation)) {
            return UINT32_MAX;
        }
        perform(&subsystem->slots[operation.slot], &operation);
    }
    return count;
}

const char *life_begin(const char *folder, uint32_t seed, uint32_t leak_runs) {
    random_state = seed * UINT32_C(2654435761) | 1u;
    runs_a_leak = leak_runs;
    uint32_t slots_taken = 0;
    for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++) {
        struct subsystem *subsystem = &subsystems[i];
        static const char suffix[] = ".obmt";
        if (strlen(folder) + strlen(names[i]) + sizeof suffix + 1u > PATH_BYTES) {
            return "the path of the traces is too long";
        }
        strcpy(subsystem->path, folder);
        strcat(strcat(strcat(subsystem->path, "/"), names[i]), suffix);
        if (!trace_open(&subsystem->stream, subsystem->path)) {
            return subsystem->stream.error;
        }
        trace_close(&subsystem->stream);
        if (subsystem->stream.slot_count > SLOT_COUNT - slots_taken) {
            return "the traces have more slots than there is room for";
        }
        subsystem->slots = slots + slots_taken;
        slots_taken += subsystem->stream.slot_count;
        subsystem->turns_left = below(subsystem->stream.operation_count);
    }
    return NULL;
}

bool life_go_on(uint32_t operation_count) {
    for (uint32_t done = 0; done < operation_count;) {
        uint32_t count = turn(&subsystems[below(SUBSYSTEM_COUNT)]);
        if (count == UINT32_MAX) {
            return false;
        }
        done += count;
    }
    return true;
}

void life_end(void) {
    for (uint32_t i = 0; i < SUBSYSTEM_COUNT; i++) {
        if (subsystems[i].runs) {
            trace_close(&subsystems[i].stream);
        }
    }
    for (uint32_t i = 0; i < SLOT_COUNT; i++) {
        give_back(&slots[i]);
    }
    for (uint32_t i = 0; i < KEPT_COUNT; i++) {
        give_back(&kept[i]);
    }
}
