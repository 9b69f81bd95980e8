/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Bool obmalloc_owns(const void *address);

typedef struct _led_event {
    struct _led_event *next;
    uint32_t at;
    uint8_t pattern[];
} led_event_t;

static led_event_t *queue;
static char *boot_msg;

static void __attribute__((constructor)) boot_log(void) {
    boot_msg = strdup("boot");
}

static led_event_t *led_event_new(uint32_t at, size_t len) {
    led_event_t *ev = calloc(1, sizeof(*ev) + len);
    if (ev != NULL) {
        ev->at = at;
        memset(ev->pattern, 0xA0 | (at & 15), len);
    }
    return ev;
}

static void led_event_insert(led_event_t *ev) {
    led_event_t **pos = &queue;
    while (*pos != NULL && (*pos)->at < ev->at)
        pos = &(*pos)->next;
    ev->next = *pos;
    *pos = ev;
}

static const char *whose(const void *p) {
    return p == NULL ? "nobody" : obmalloc_owns(p) ? "arena" : "libc";
}

int main(void) {
    uint32_t seed = 12345, bad = 0, served = 0;
    float duty = 0.0f;
    printf("before main: %s\n", whose(boot_msg));
    for (int tick = 0; tick < 4000; tick++) {
        seed = seed * 1103515245u + 12345u;
        led_event_t *ev = led_event_new(seed >> 20, 4 + (seed >> 8) % 60);
        if (ev == NULL)
            return 2;
        led_event_insert(ev);
        if (tick >= 40) {
            led_event_t *first = queue;
            queue = first->next;
            bad += first->pattern[3] != (0xA0 | (first->at & 15));
            served += obmalloc_owns(first);
            duty += 0.25f;
            free(first);
        }
    }
    char *big = malloc(2000);
    printf("malloc(2000): %s\n", whose(big));
    big = realloc(big, 4000);
    printf("realloc to 4000: %s\n", whose(big));
    printf("queue: %s\n", served == 3960 ? "arena" : served == 0 ? "libc" : "both");
    printf("text: %.2f\n", (double)duty);
    printf("contents: %s\n", bad ? "LOST" : "held");
    free(big);
    return 0;
}
