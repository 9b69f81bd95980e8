// SPDX-License-Identifier: MIT
/*
 * A data logger with a leak: of every 16 readings, one is out of range, and its event is never freed. The
 * question is which call allocates what is lost, among calls that hold more memory, or allocate more often.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2000, HISTORY_LENGTH = 32, LIMIT = 240 };

struct reading {
    int channel, value;
    char text[20];
};

struct event {
    const char *kind;
    int round;
    char detail[24];
};

static struct reading *history[HISTORY_LENGTH];
static char *configuration;

static int measure(int round) {
    return round * 7919 % 256;
}

/* Held for ever, on purpose. */
__attribute__((noinline)) static void load_configuration(void) {
    configuration = malloc(1200);
    memset(configuration, 0, 1200);
}

/* As many as the history is long. */
__attribute__((noinline)) static struct reading *make_reading(int round) {
    struct reading *reading = malloc(sizeof *reading);
    reading->channel = round % 4;
    reading->value = measure(round);
    return reading;
}

/* The one that is lost. */
__attribute__((noinline)) static struct event *make_event(int round) {
    struct event *event = malloc(sizeof *event);
    event->kind = "out of range";
    event->round = round;
    return event;
}

__attribute__((noinline)) static void send(const struct reading *reading) {
    char *frame = malloc(48u + (unsigned)reading->value % 32u);
    (void)snprintf(frame, 48, "%d %d", reading->channel, reading->value);
    free(frame);
}

static void report(struct event *event) {
    if (event->round < 0) {
        free(event);
    }
}

int main(void) {
    load_configuration();
    for (int round = 0; round < ROUNDS; round++) {
        struct reading *reading = make_reading(round);
        if (reading->value >= LIMIT) {
            report(make_event(round));
        }
        send(reading);
        free(history[round % HISTORY_LENGTH]);
        history[round % HISTORY_LENGTH] = reading;
    }
    (void)printf("%d readings\n", ROUNDS);
    return 0;
}
