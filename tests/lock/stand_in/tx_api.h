// SPDX-License-Identifier: MIT
/* Of ThreadX as much as port/rtos/threadx.c uses, with the interface's names and values. */
#ifndef TX_API_H
#define TX_API_H

#include <stddef.h>

#include "lock/mutex.h"

#define VOID            void
#define TX_NULL         NULL
#define TX_SUCCESS      ((UINT)0x00)
#define TX_NOT_OWNED    ((UINT)0x1E)
#define TX_INHERIT      ((UINT)1)
#define TX_WAIT_FOREVER ((ULONG)0xFFFFFFFFUL)

typedef char CHAR;
typedef unsigned int UINT;
typedef unsigned long ULONG;

typedef struct {
    int unused;
} TX_THREAD;

typedef struct {
    struct mutex mutex;
} TX_MUTEX;

UINT tx_mutex_create(TX_MUTEX *mutex, CHAR *name, UINT inherit);
UINT tx_mutex_get(TX_MUTEX *mutex, ULONG wait);
UINT tx_mutex_put(TX_MUTEX *mutex);
TX_THREAD *tx_thread_identify(VOID);

#endif
