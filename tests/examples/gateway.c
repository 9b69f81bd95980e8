// SPDX-License-Identifier: MIT
/*
 * Worked example 1: a gateway that takes messages of sensors from a radio, and passes on those whose value has
 * changed. It runs well, for hours. Then it is out of memory.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

enum { MESSAGE_COUNT = 6000, HEARTBEAT_MESSAGES = 1000, SENSOR_COUNT = 24, RAW_BYTES = 64 };

struct sensor {
    char *topic;
    long value;
};

struct message {
    char *topic;
    char *payload;
};

static struct sensor *sensors[SENSOR_COUNT];
static unsigned published;

/* The radio of this example: sensors in turn, and now and then one whose battery is low, which sends no number. */
static void receive(unsigned number, char raw[RAW_BYTES]) {
    unsigned sensor = number * 7 % SENSOR_COUNT;
    if (number % 13 == 5) {
        (void)snprintf(raw, RAW_BYTES, "site/hall-%u/temperature=LOW BATTERY", sensor);
    } else {
        (void)snprintf(raw, RAW_BYTES, "site/hall-%u/temperature=%u", sensor,
                       180 + number % 90 / 9);
    }
}

static void *need(void *block) {
    if (!block) {
        (void)printf("gateway: out of memory, restarting\n");
        exit(1);
    }
    return block;
}

static void message_free(struct message *message) {
    free(message->topic);
    free(message->payload);
}

/* "TOPIC=NUMBER" into topic and payload. Returns false iff it is not that. */
static bool message_parse(const char *raw, struct message *message) {
    const char *separator = strchr(raw, '=');
    if (!separator) {
        return false;
    }
    size_t length = (size_t)(separator - raw);
    message->topic = need(malloc(length + 1));
    memcpy(message->topic, raw, length);
    message->topic[length] = '\0';
    const char *number = separator + 1;
    if (number[0] < '0' || number[0] > '9') {
#ifdef FIXED
        free(message->topic);
#endif
        return false;
    }
    message->payload = need(malloc(strlen(number) + 1));
    strcpy(message->payload, number);
    return true;
}

/* The sensor of that name, a new one if there is none yet. */
static struct sensor *sensor_of(const char *topic) {
    unsigned i = 0;
    while (i < SENSOR_COUNT - 1 && sensors[i] && strcmp(sensors[i]->topic, topic) != 0) {
        i++;
    }
    if (!sensors[i]) {
        struct sensor *sensor = need(malloc(sizeof *sensor));
        sensor->topic = need(malloc(strlen(topic) + 1));
        strcpy(sensor->topic, topic);
        sensor->value = -1;
        sensors[i] = sensor;
    }
    return sensors[i];
}

static void publish(const struct message *message) {
    size_t packet_bytes = 4 + strlen(message->topic) + strlen(message->payload);
    char *packet = malloc(packet_bytes);
    if (packet) {
        memset(packet, 0x30, packet_bytes);
        published++;
    }
    free(packet);
}

static void handle(const char *raw) {
    struct message message;
    if (!message_parse(raw, &message)) {
        return;
    }
    struct sensor *sensor = sensor_of(message.topic);
    long value = strtol(message.payload, NULL, 10);
    if (value != sensor->value) {
        sensor->value = value;
        publish(&message);
    }
    message_free(&message);
}

int main(void) {
    for (unsigned number = 1; number <= MESSAGE_COUNT; number++) {
        char raw[RAW_BYTES];
        receive(number, raw);
        handle(raw);
        if (number % HEARTBEAT_MESSAGES == 0) {
            (void)printf("gateway: %u messages, %u passed on, %u bytes in use\n", number, published,
                         (unsigned)mallinfo().uordblks);
        }
    }
    (void)printf("gateway: end of shift\n");
    return 0;
}
