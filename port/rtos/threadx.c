// SPDX-License-Identifier: MIT
/*
 * ThreadX: the lock of OBMALLOC_LOCK=hooks as a mutex with priority inheritance; its mutexes nest.
 *
 * The firmware calls obmalloc_threadx_start() in tx_application_define(). Until a thread runs, nothing is
 * locked. Refused (obmalloc_lock_refused) are: an allocation in an interrupt handler, thus also in a
 * timer's function under TX_TIMER_PROCESS_IN_ISR, and one in a thread without that call.
 */
#include <tx_api.h>

#include "handler.h"

UINT obmalloc_threadx_start(void);

static TX_MUTEX mutex;
static bool is_created;

/* Returns what tx_mutex_create() does. */
UINT obmalloc_threadx_start(void) {
    static CHAR name[] = "obmalloc";
    UINT status = tx_mutex_create(&mutex, name, TX_INHERIT);
    is_created = status == TX_SUCCESS;
    return status;
}

void obmalloc_lock_hook(void) {
    if (rtos_is_in_handler()) {
        rtos_refuse(
            "an interrupt handler allocates, and OBMALLOC_LOCK=hooks keeps threads apart only");
    }
    if (tx_thread_identify() == TX_NULL) {
        return;
    }
    if (!is_created) {
        rtos_refuse("there is no mutex: tx_application_define() calls obmalloc_threadx_start()");
    }
    if (tx_mutex_get(&mutex, TX_WAIT_FOREVER) != TX_SUCCESS) {
        rtos_refuse("tx_mutex_get has failed");
    }
}

void obmalloc_unlock_hook(void) {
    if (tx_thread_identify() != TX_NULL) {
        (void)tx_mutex_put(&mutex);
    }
}
