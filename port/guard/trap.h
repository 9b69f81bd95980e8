// SPDX-License-Identifier: MIT
/*
 * Memory that nobody may touch, closed by the MPU: the tier trap. An access faults at once (MemManage).
 *
 * Closed while nobody is in the allocator, that is while its lock is free:
 *   - the arena's map and 32 bytes below it; where the arena is fixed, all up to the C library's heap
 *   - the untouched part of the arena
 *   - the blocks that were freed last, as many as the MPU has regions for
 *   - the inside of a long free chunk
 * as far as the MPU's regions can tell: multiples of 32 bytes; on ARMv7-M regions are powers of two, of whose
 * eighths each can be open.
 *
 * The lock opens all of it, and closes it again when it is given back. With a lock that other threads run
 * under (hooks) they find it open meanwhile.
 *
 * The MPU is ours from the first allocation on, from region OBMALLOC_TRAP_REGION_FIRST upwards; with PRIVDEFENA, so
 * that all other memory is to privileged code what it is without an MPU. On ARMv8-M no region can close memory to
 * privileged code, but two regions that overlap do: the first region lies over all dynamic memory, and regions of the
 * firmware must not overlap with it. MAIR's attribute 7 is ours. Where the CPU has no MPU, trap is paranoid.
 */
#ifndef OBMALLOC_GUARD_TRAP_H
#define OBMALLOC_GUARD_TRAP_H

#ifndef OBMALLOC_TRAP_REGION_FIRST
#define OBMALLOC_TRAP_REGION_FIRST 0
#endif

#ifdef OBMALLOC_TRAPPED

#if __ARM_ARCH_ISA_THUMB < 2
#error                                                                                             \
    "OBMALLOC_TIER=trap wants the MPU of ARMv7-M or ARMv8-M mainline: choose paranoid for this CPU"
#endif

/* Below the arena, closed. */
#define TRAP_GAP_BYTES 32u

/* Nest. Cost: open, 10 instructions; close, some 250 if nothing has moved. */
void trap_open(void);
void trap_close(void);
#else
#define TRAP_GAP_BYTES 0u
#endif

#endif
