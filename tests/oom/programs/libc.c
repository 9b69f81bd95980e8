// SPDX-License-Identifier: MIT
/*
 * What of the C library allocates for itself or for its caller: each either does its work or says that it
 * cannot, and is asked again afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oom/programs/program.h"

static void strings(void) {
    char *copy = program_served(strdup("a string of libc's own making"));
    HOLDS(copy == NULL || strcmp(copy, "a string of libc's own making") == 0);
    free(copy);
    copy = program_served(strndup("cut short", 3));
    HOLDS(copy == NULL || strcmp(copy, "cut") == 0);
    free(copy);
    char *text = NULL;
    if (asprintf(&text, "%d and %s", 42, "forty-two") < 0) {
        program_refused();
    } else {
        HOLDS(strcmp(text, "42 and forty-two") == 0);
        free(text);
    }
}

/* Never refused: picolibc needs no memory, newlib has the reserve. */
static void numbers(void) {
    char text[64];
    HOLDS(snprintf(text, sizeof text, "%g %.3e %.17g", 1.5, 12345.678, 0.1) > 0);
    /* picolibc's shortest form of the last, or newlib's longest. */
    HOLDS(strncmp(text, "1.5 1.235e+04 0.1", 17) == 0);
    HOLDS(strtod("-2.5e-300", NULL) == -2.5e-300);
    double number = 0;
    HOLDS(sscanf("6.02214076e23", "%lf", &number) == 1 && number == 6.02214076e23);
}

static void state(void) {
    srand(1);
    int first = rand();
    srand(1);
    HOLDS(rand() == first);
    time_t day = 86400;
    const struct tm *tm = gmtime(&day);
    HOLDS(tm->tm_mday == 2 && tm->tm_year == 70);
    HOLDS(strncmp(asctime(tm), "Fri Jan  2", 10) == 0);
    char words[] = "two words";
    HOLDS(strcmp(strtok(words, " "), "two") == 0 && strcmp(strtok(NULL, " "), "words") == 0);
}

static int ascending(const void *first, const void *second) {
    return *(const int *)first - *(const int *)second;
}

static void sorting(void) {
    int values[] = {9, 3, 7, 1, 8, 2, 6, 4, 5, 0};
    qsort(values, 10, sizeof values[0], ascending);
    for (int i = 0; i < 10; i++) {
        HOLDS(values[i] == i);
    }
}

#ifndef __PICOLIBC__
/* A file of three lines, the longest beyond getline's first buffer. */
static int read_text(void *cookie, char *buffer, int bytes) {
    static const char text[] =
        "short\n"
        "a line that is a good deal longer than what __getline begins with, so that it "
        "has to ask for more; and once more, because twice that is not enough either\n"
        "end\n";
    int *at = cookie;
    int left = (int)sizeof text - 1 - *at;
    int copied = left < bytes ? left : bytes;
    memcpy(buffer, text + *at, (size_t)copied);
    *at += copied;
    return copied;
}

static void lines(void) {
    int at = 0;
    FILE *file = funopen(&at, read_text, NULL, NULL, NULL);
    if (file == NULL) {
        program_refused();
        return;
    }
    if (setvbuf(file, NULL, _IOFBF, 64) != 0) {
        program_refused();
    }
    char *line = NULL;
    size_t line_bytes = 0;
    unsigned count = 0;
    errno = 0;
    while (__getline(&line, &line_bytes, file) > 0) {
        count++;
    }
    /* Where it cannot make its buffer longer it ends, or hands out a line in two. */
    if (count != 3) {
        program_refused();
    }
    free(line);
    fclose(file);
}

static void streams(void) {
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *file = open_memstream(&text, &text_bytes);
    if (file == NULL) {
        program_refused();
        return;
    }
    bool written = fprintf(file, "%s %d", "in memory", 7) == 11;
    written = fclose(file) == 0 && written;
    HOLDS(!written || strcmp(text, "in memory 7") == 0);
    if (!written) {
        program_refused();
    }
    free(text);
}
#endif

int main(void) {
    setvbuf(stdin, NULL, _IOFBF, 96); /* refused, it reads without a buffer */
    printf("stdio writes, buffered or not: %d\n", 12);
    for (int round = 0; round < 2; round++) {
        strings();
        numbers();
        state();
        sorting();
#ifndef __PICOLIBC__
        lines();
        streams();
#endif
    }
    printf("and %s\n", "again");
    fflush(stdout);
    return program_end();
}
