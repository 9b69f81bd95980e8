// SPDX-License-Identifier: MIT
/*
 * A recording that cannot be sent in time: while a part is on its way, the program allocates as a handler would
 * that interrupts the sending, now and then more than the buffer holds. Prints what was sent, for
 * tests/host/test_record.py.
 */
#include <stdlib.h>

#include "obmalloc_record.h"
#include "see/part_hex.h"

enum { ROUNDS = 400, BURST_EACH = 4, BURST = 700 };

bool obmalloc_record_write(const void *bytes, size_t byte_count) {
    static unsigned count;
    hex_print("sent", bytes, byte_count);
    if (++count % BURST_EACH == 0) {
        for (unsigned i = 0; i < BURST; i++) {
            free(malloc(i % 90));
        }
    }
    return true;
}

int main(void) {
    void *kept[8] = {0};
    for (unsigned i = 0; i < ROUNDS; i++) {
        free(kept[i % 8]);
        kept[i % 8] = malloc(20 + i % 50);
    }
    obmalloc_record_end();
    struct obmalloc_record_status status;
    obmalloc_record_status(&status);
    const uint32_t counts[] = {status.operation_count, status.failure_count, status.lost_count};
    hex_print("counts", counts, sizeof counts);
    return 0;
}
