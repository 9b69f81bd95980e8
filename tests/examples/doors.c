// SPDX-License-Identifier: MIT
/*
 * Worked example 3: a controller of doors. Who holds a badge to a reader gets a session, with a PIN asked for, and
 * the door opens for whom the session belongs to. Now and then it opens for somebody else.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "explain.h"

enum { VISIT_COUNT = 400, DOOR_COUNT = 6, NAME_BYTES = 24, PIN_TRIES = 3 };

struct session {
    char name[NAME_BYTES];
    unsigned door;
    unsigned tries;
};

static const char *const staff[] = {"Ada", "Boris", "Chandra", "Dolores", "Emil"};
static struct session *sessions[DOOR_COUNT];
static bool is_open[DOOR_COUNT];
static char holders[DOOR_COUNT][NAME_BYTES];
static unsigned opened;

static struct session *session_open(unsigned door, const char *name) {
    struct session *session = malloc(sizeof *session);
    if (session) {
        *session = (struct session){.door = door};
        (void)snprintf(session->name, NAME_BYTES, "%s", name);
    }
    return session;
}

static void session_close(struct session *session) {
    free(session);
}

/* A PIN of this example: wrong now and then, and seldom three times in a row. */
static bool pin_is_right(unsigned visit, unsigned tries) {
    return visit % 23 != 22 && (visit + tries) % 5 != 0;
}

/* Returns true iff the door may open. Whoever fails too often is turned away. */
static bool session_ask_pin(struct session *session, unsigned visit) {
    while (!pin_is_right(visit, session->tries)) {
        session->tries++;
        if (session->tries == PIN_TRIES) {
#ifndef FIXED
            session_close(session);
#endif
            return false;
        }
    }
    return true;
}

/* A session lives until the next one at its door. */
static void visit_door(unsigned visit) {
    unsigned door = visit % DOOR_COUNT;
    const char *name = staff[visit % (sizeof staff / sizeof *staff)];
    session_close(sessions[door]);
    sessions[door] = session_open(door, name);
    is_open[door] = sessions[door] && session_ask_pin(sessions[door], visit);
    if (is_open[door]) {
        (void)snprintf(holders[door], NAME_BYTES, "%s", name);
        opened++;
    }
}

/* Whoever stands at an open door, the session has to be theirs. */
static bool doors_are_sound(unsigned visit) {
    for (unsigned door = 0; door < DOOR_COUNT; door++) {
        const struct session *session = sessions[door];
        if (is_open[door] && (session->door != door || strcmp(session->name, holders[door]) != 0)) {
            (void)printf(
                "doors: visit %u: %s opened door %u, and the session says '%s' at door %u\n", visit,
                holders[door], door, session->name, session->door);
            return false;
        }
    }
    return true;
}

int main(void) {
    for (unsigned visit = 0; visit < VISIT_COUNT; visit++) {
        visit_door(visit);
        if (!doors_are_sound(visit)) {
            return 1;
        }
    }
    (void)printf("doors: opened %u times\n", opened);
    return 0;
}

/* Called for each misuse of the heap; the first one will do. */
void obmalloc_misuse(const struct obmalloc_misuse *report) {
    static bool told;
    if (!told) {
        told = true;
        obmalloc_misuse_print(report, board_console_puts);
    }
}
