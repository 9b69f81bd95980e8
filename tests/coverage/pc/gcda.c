// SPDX-License-Identifier: MIT
/*
 * What libgcov's __gcov_info_to_gcda does, for this computer's 32 bits, for which no libgcov is installed. The
 * structures are those that GCC 12 and 13 make of -fprofile-arcs; counters of arcs are all that is written.
 */
#include "coverage/dump.h"

#if __GNUC__ != 12 && __GNUC__ != 13
#error "the layout of struct gcov_info is known of GCC 12 and 13"
#endif

enum { COUNTER_KINDS = 8, TAG_FUNCTION = 0x01000000, TAG_ARCS = 0x01a10000, MAGIC = 0x67636461 };

typedef int64_t gcov_type;

struct counters {
    uint32_t count;
    const gcov_type *values;
};

struct function {
    const struct gcov_info
        *key; /* the object that holds it; another's where the linker took one of many */
    uint32_t identity, line_checksum, flow_checksum;
    struct counters counters[1];
};

struct gcov_info {
    uint32_t version;
    struct gcov_info *next;
    uint32_t stamp, checksum;
    const char *file_name;
    void (*merge[COUNTER_KINDS])(gcov_type *, unsigned);
    uint32_t function_count;
    const struct function *const *functions;
};

void __gcov_merge_add(gcov_type *counters, unsigned count);

/* Its address says that the object counts arcs. */
void __gcov_merge_add(gcov_type *counters, unsigned count) {
    (void)counters;
    (void)count;
}

void __gcov_info_to_gcda(const struct gcov_info *info,
                         void (*filename_function)(const char *name, void *argument),
                         void (*dump_function)(const void *data, unsigned bytes, void *argument),
                         void *(*allocate_function)(unsigned bytes, void *argument),
                         void *argument) {
    (void)allocate_function;
    filename_function(info->file_name, argument);
    const uint32_t head[] = {MAGIC, info->version, info->stamp, info->checksum};
    dump_function(head, sizeof head, argument);
    for (uint32_t i = 0; i < info->function_count; i++) {
        const struct function *function = info->functions[i];
        if (function == NULL || function->key != info) {
            continue;
        }
        const uint32_t words[] = {TAG_FUNCTION, 12, function->identity, function->line_checksum,
                                  function->flow_checksum};
        dump_function(words, sizeof words, argument);
        const struct counters *arcs = &function->counters[0];
        const uint32_t tag[] = {TAG_ARCS, arcs->count * (uint32_t)sizeof *arcs->values};
        dump_function(tag, sizeof tag, argument);
        dump_function(arcs->values, arcs->count * (unsigned)sizeof *arcs->values, argument);
    }
}
