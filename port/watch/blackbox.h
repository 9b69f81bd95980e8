// SPDX-License-Identifier: MIT
/* What port/ tells the black box. See watch.h for when. */
#ifndef OBMALLOC_WATCH_BLACKBOX_H
#define OBMALLOC_WATCH_BLACKBOX_H

#include "obmalloc_blackbox.h"
#include "watch/watch.h"

#ifdef OBMALLOC_WATCH_BLACKBOX

void blackbox_allocated(enum watch_kind kind, const void *block, size_t request_bytes,
                        const void *caller);
void blackbox_freeing(const void *block, const void *caller);
void blackbox_resizing(const void *block, size_t request_bytes, const void *caller);
void blackbox_resized(const void *result, size_t request_bytes, const void *caller);
void blackbox_misuse(const struct obmalloc_misuse *misuse);
void blackbox_found(const struct pools_finding *finding);

/* Opens the box. Returns 0 iff so many runs in a row ended with a fault that flag 0 is to be tried, else -1.
 * Called once, by the boot, before anything is told. */
int blackbox_boot(void);

#else

#define blackbox_allocated(kind, block, request_bytes, caller) ((void)0)
#define blackbox_freeing(block, caller)                        ((void)0)
#define blackbox_resizing(block, request_bytes, caller)        ((void)(request_bytes), (void)(caller))
#define blackbox_resized(result, request_bytes, caller)        ((void)0)
#define blackbox_misuse(misuse)                                ((void)(misuse))
#define blackbox_found(finding)                                ((void)(finding))

#endif

#endif
