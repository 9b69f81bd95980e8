/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

int SeriesRead(Series *pSeries, const char *pszText) {
    char szName[16];
    int nValue;
    char *pszCopy = strdup(pszText);
    FILE *pFile = pszCopy ? fmemopen(pszCopy, strlen(pszCopy), "r") : NULL;

    memset(pSeries, 0, sizeof *pSeries);
    while (pFile && fscanf(pFile, "%15s %d", szName, &nValue) == 2) {
        Sample *pSample = calloc(1, sizeof *pSample);
        if (!pSample)
            break;
        pSample->pszName = strdup(szName);
        pSample->nValue = nValue;
        pSample->pNext = pSeries->pFirst;
        pSeries->pFirst = pSample;
        pSeries->nCount++;
        pSeries->lSum += nValue;
    }
    if (pFile)
        fclose(pFile);
    free(pszCopy);
    return pSeries->nCount ? 0 : -1;
}

char *SeriesDescribe(const Series *pSeries) {
    char *pszText = NULL;
    if (asprintf(&pszText, "%d samples from %s on, sum %ld", pSeries->nCount,
                 pSeries->pFirst->pszName, pSeries->lSum) < 0)
        return NULL;
    return pszText;
}

void SeriesFree(Series *pSeries) {
    while (pSeries->pFirst) {
        Sample *pNext = pSeries->pFirst->pNext;
        free(pSeries->pFirst->pszName);
        free(pSeries->pFirst);
        pSeries->pFirst = pNext;
    }
}
