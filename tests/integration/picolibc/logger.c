/* SPDX-License-Identifier: MIT */
/* Reads its samples, sums them up, and tells whose memory it used. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

_Bool obmalloc_owns(const void *address);

static char *pszEarly;

__attribute__((constructor)) static void Early(void) {
    pszEarly = strdup("early");
}

static const char *Owner(const void *p) {
    return !p ? "nobody" : obmalloc_owns(p) ? "arena" : "libc";
}

int main(void) {
    static const char szSamples[] = "t1 20 t2 22 hum 61 t1 21 t2 -4 hum 58 bat 3300";
    Series series;
    int nRound;

    printf("before main: %s\n", Owner(pszEarly));
    for (nRound = 0; nRound < 200; nRound++) {
        char *pszText;
        if (SeriesRead(&series, szSamples)) {
            printf("round %d failed\n", nRound);
            return 1;
        }
        pszText = SeriesDescribe(&series);
        if (nRound == 199) {
            printf("list: %s\n", Owner(series.pFirst));
            printf("name: %s\n", Owner(series.pFirst->pszName));
            printf("asprintf: %s\n", Owner(pszText));
            printf("text: %s\n", pszText);
        }
        free(pszText);
        SeriesFree(&series);
    }
    errno = 0;
    printf("too much: %s, errno %s\n", Owner(malloc(60000)), errno == ENOMEM ? "ENOMEM" : "wrong");
    return 0;
}
