// SPDX-License-Identifier: MIT
#include "meter.h"

#include <stddef.h>

#include "board.h"

enum { DECIMAL_DIGITS_MAX = 10, LINE_BYTES = 256 };

/* The call instruction and the return: all that an empty function takes. */
enum { EMPTY_FUNCTION_INSTRUCTIONS = 2 };

static bool printing;
static uint32_t around_instructions; /* what the two readings of the tick take themselves */

static const char line_start[] = "calls";
static char line[LINE_BYTES];
static size_t line_length;

__attribute__((naked)) static void empty_function(void) {
    __asm__("bx lr");
}

/* One sequence of instructions for all functions: what lies between the readings beside the call
 * is the same for each, so that what an empty function takes can be subtracted. Hence noipa. */
__attribute__((noipa)) static uint32_t timed(meter_function *function, uintptr_t first,
                                             uintptr_t second, uintptr_t *result) {
    uint32_t before = board_tick();
    uintptr_t returned = function(first, second);
    uint32_t after = board_tick();
    *result = returned;
    return board_instructions(before, after);
}

bool meter_start(bool print_counts) {
    bool has_tick = board_tick_period_ps() != 0;
    printing = has_tick && print_counts;
    if (has_tick) {
        uintptr_t nothing;
        board_tick_start();
        uint32_t instructions = timed(METER_FUNCTION(empty_function), 0, 0, &nothing);
        around_instructions = instructions - EMPTY_FUNCTION_INSTRUCTIONS;
    }
    return has_tick;
}

uint32_t meter_count(meter_function *function, uintptr_t first, uintptr_t second,
                     uintptr_t *result) {
    return timed(function, first, second, result) - around_instructions;
}

/* Writes " text" into the line, and the line to the console when it is full. */
static void put_word(const char *text, size_t length) {
    if (line_length + 1 + length + 1 > sizeof line) {
        meter_end();
    }
    if (line_length == 0) {
        for (const char *from = line_start; *from != '\0'; from++) {
            line[line_length++] = *from;
        }
    }
    line[line_length++] = ' ';
    while (length-- != 0) {
        line[line_length++] = *text++;
    }
}

static void put_number(uint32_t value) {
    char digits[DECIMAL_DIGITS_MAX];
    size_t first = sizeof digits;
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put_word(&digits[first], sizeof digits - first);
}

uintptr_t meter_call(meter_function *function, uintptr_t first, uintptr_t second) {
    uintptr_t result;
    uint32_t instructions = meter_count(function, first, second, &result);
    if (printing) {
        put_number(instructions);
    }
    return result;
}

void meter_skip(void) {
    if (printing) {
        put_word("-", 1);
    }
}

void meter_end(void) {
    if (line_length != 0) {
        line[line_length++] = '\n';
        board_console_write(line, line_length);
        line_length = 0;
    }
}
