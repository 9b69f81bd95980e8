// SPDX-License-Identifier: MIT
/*
 * Stands between a program and malloc and its kin, by the linker's --wrap, and adds up what the calls
 * take. What the C library allocates for itself does not come by here.
 */
#include <stdbool.h>
#include <stddef.h>

#include "apps/app.h"
#include "replay/meter.h"
#include "replay/report.h"

enum kind { KIND_MALLOC, KIND_CALLOC, KIND_REALLOC, KIND_FREE, KIND_COUNT };

static const char *const count_keys[KIND_COUNT] = {"malloc_calls", "calloc_calls", "realloc_calls",
                                                   "free_calls"};
static const char *const instruction_keys[KIND_COUNT] = {
    "malloc_instructions", "calloc_instructions", "realloc_instructions", "free_instructions"};
static uint64_t call_counts[KIND_COUNT];
static uint64_t instruction_counts[KIND_COUNT];

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);

static uintptr_t metered(enum kind kind, meter_function *function, uintptr_t first,
                         uintptr_t second) {
    static bool started, has_tick;
    if (!started) {
        started = true;
        has_tick = meter_start(false);
    }
    if (!has_tick) {
        return function(first, second);
    }
    uintptr_t result;
    instruction_counts[kind] += meter_count(function, first, second, &result);
    call_counts[kind]++;
    return result;
}

void *__wrap_malloc(size_t bytes) {
    return (void *)metered(KIND_MALLOC, METER_FUNCTION(__real_malloc), bytes, 0);
}

void *__wrap_calloc(size_t count, size_t bytes) {
    return (void *)metered(KIND_CALLOC, METER_FUNCTION(__real_calloc), count, bytes);
}

void *__wrap_realloc(void *block, size_t bytes) {
    return (void *)metered(KIND_REALLOC, METER_FUNCTION(__real_realloc), (uintptr_t)block, bytes);
}

void __wrap_free(void *block) {
    (void)metered(KIND_FREE, METER_FUNCTION(__real_free), (uintptr_t)block, 0);
}

void app_report_calls(void) {
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        report_number(count_keys[kind], call_counts[kind]);
        report_number(instruction_keys[kind], instruction_counts[kind]);
    }
}
