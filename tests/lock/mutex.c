// SPDX-License-Identifier: MIT
#include "lock/mutex.h"

#include "lock/actor.h"
#include "lock/scheduler.h"

static bool try_to_take(struct mutex *mutex) {
    __asm__ volatile("cpsid i" ::: "memory");
    bool taken = mutex->depth == 0 || mutex->owner == scheduler_current();
    if (taken) {
        mutex->owner = scheduler_current();
        mutex->depth++;
    }
    __asm__ volatile("cpsie i" ::: "memory");
    return taken;
}

void mutex_take(struct mutex *mutex) {
    while (!try_to_take(mutex)) {
        mutex->wait_count++;
        scheduler_yield();
    }
}

bool mutex_give(struct mutex *mutex) {
    if (mutex->depth == 0 || mutex->owner != scheduler_current()) {
        return false;
    }
    mutex->depth--;
    return true;
}
