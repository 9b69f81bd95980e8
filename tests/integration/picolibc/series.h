/* SPDX-License-Identifier: MIT */
#pragma once

typedef struct Sample {
    struct Sample *pNext;
    char *pszName;
    int nValue;
} Sample;

typedef struct {
    Sample *pFirst;
    int nCount;
    long lSum;
} Series;

/* 0 = fine, -1 = out of memory or of input */
int SeriesRead(Series *pSeries, const char *pszText);
char *SeriesDescribe(const Series *pSeries);
void SeriesFree(Series *pSeries);
