// SPDX-License-Identifier: MIT
/* The public API: malloc and its kin, and heaps beside the main one, which is heap 0 here. */
#include "play.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "heaps.h" /* HEAP_BYTES_MIN */
#include "obmalloc_heap.h"
#include "pools.h"

enum { FREED_COUNT = 8, MAIN = 0 };

struct played_heap {
    struct obmalloc_heap *heap; /* NULL = there is none now */
    bool is_orphan;
    uint32_t failure_count;
    void *freed[FREED_COUNT]; /* where blocks were */
    uint32_t freed_next;
};

static struct played_heap heaps[PLAY_HEAP_COUNT];
static struct model model;
static uint32_t refused_count; /* misuses that are expected, all kinds */
static uint32_t told_count;
static bool pools_serve;

/* The firmware's hook: told of each misuse. */
void obmalloc_misuse(const struct obmalloc_misuse *report) {
    (void)report;
    told_count++;
}

static uint32_t counted_misuses(void) {
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    uint32_t count = 0;
    for (unsigned kind = 0; kind < OBMALLOC_MISUSE_KIND_COUNT; kind++) {
        count += now.misuse_count[kind];
    }
    return count;
}

/* Of the board with the least RAM. */
enum { STACK_BYTES = 2048 };

static size_t heap_bytes(uint32_t index, const struct play_memory *memories) {
    return index == MAIN ? 4096u : memories[index].bytes;
}

/* Makes the heap `index`, over all of its memory or the upper part of it. */
static void create(struct source *source, uint32_t index, const struct play_memory *memories) {
    const struct play_memory *memory = &memories[index];
    size_t room = (memory->bytes - HEAP_BYTES_MIN) & ~(size_t)7u;
    size_t cut = source_below(source, room < 65528u ? (uint32_t)room + 8u : 65536u) & ~(size_t)7u;
    cut = cut < room ? cut : room;
    char *end = memory->start + memory->bytes;
    memset(memory->start, 0xA5, memory->bytes);
    struct obmalloc_heap *made = NULL;
    play_expect(obmalloc_heap_create(memory->start + cut, end, &made) == OBMALLOC_HEAP_OK &&
                    made != NULL,
                "a heap cannot be made over memory of its own");
    heaps[index] = (struct played_heap){.heap = made};
}

static void forget(uint32_t index) {
    model_forget(&model, index);
    heaps[index].heap = NULL;
}

/* Ends the heap in one of three ways; what happens depends on whether blocks are live. */
static void destroy(struct source *source, uint32_t index) {
    struct played_heap *heap = &heaps[index];
    enum obmalloc_heap_end end = (enum obmalloc_heap_end)(source_byte(source) % 3u);
    struct model_sums sums = model_sums(&model, index);
    uint32_t live_blocks = 77;
    enum obmalloc_heap_status status = obmalloc_heap_destroy(heap->heap, end, &live_blocks);
    play_expect(live_blocks == sums.blocks, "a heap ends with another count of live blocks");
    if (sums.blocks == 0 || end == OBMALLOC_HEAP_RECLAIM) {
        play_expect(status == OBMALLOC_HEAP_OK, "a heap does not end though it may");
        play_expect(obmalloc_heap_destroy(heap->heap, end, NULL) == OBMALLOC_HEAP_NO_HEAP,
                    "a heap ends twice");
        forget(index);
    } else if (end == OBMALLOC_HEAP_ORPHAN) {
        play_expect(status == OBMALLOC_HEAP_OK, "a heap does not become an orphan");
        heap->is_orphan = true;
    } else {
        play_expect(status == OBMALLOC_HEAP_HAS_LIVE_BLOCKS, "a heap ends under its blocks");
    }
}

static size_t usable(uint32_t index, void *block) {
    size_t bytes = obmalloc_heap_usable_size(heaps[index].heap, block);
    play_expect(index == MAIN || bytes == malloc_usable_size(block), "a block has two lengths");
    return bytes;
}

/* errno as obmalloc.h says; the failure is counted. */
static void expect_failure(uint32_t index, int error, int expected_error) {
    heaps[index].failure_count += expected_error == ENOMEM;
    play_expect((index == MAIN && !pools_serve) || error == expected_error,
                "errno does not say why a request failed");
}

static void *call_main(uint32_t how, size_t alignment_bytes, size_t request_bytes) {
    void *block = NULL;
    switch (how % 6u) {
    case 0:
        return memalign(alignment_bytes, request_bytes);
    case 1:
        return aligned_alloc(alignment_bytes, request_bytes);
    case 2:
        play_expect((posix_memalign(&block, alignment_bytes, request_bytes) == 0) ==
                        (block != NULL),
                    "posix_memalign's status is not what it did");
        errno = block == NULL ? ENOMEM : errno;
        return block;
    case 3:
        return calloc(request_bytes / 4u, 4u);
    case 4:
        return realloc(NULL, request_bytes);
    default:
        return malloc(request_bytes);
    }
}

static void *call_heap(struct obmalloc_heap *heap, uint32_t how, size_t alignment_bytes,
                       size_t request_bytes) {
    switch (how % 6u) {
    case 0:
        return obmalloc_heap_memalign(heap, alignment_bytes, request_bytes);
    case 3:
        return obmalloc_heap_calloc(heap, request_bytes / 4u, 4u);
    case 4:
        return obmalloc_heap_realloc(heap, NULL, request_bytes);
    default:
        return obmalloc_heap_malloc(heap, request_bytes);
    }
}

static void expect_zeros(const unsigned char *block, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        play_expect(block[i] == 0, "calloc's block is not zero");
    }
}

static void allocate(struct source *source, uint32_t slot, const struct play_memory *memories) {
    uint32_t how = source_byte(source);
    uint32_t index = how / 6u % (PLAY_HEAP_COUNT + 1u) % PLAY_HEAP_COUNT;
    struct played_heap *heap = &heaps[index];
    size_t request_bytes = play_request(source, heap_bytes(index, memories));
    size_t alignment_bytes = 8u;
    if (how % 6u < (index == MAIN ? 3u : 1u)) {
        alignment_bytes <<= source_below(source, 8);
    }
    if (how % 6u == 3u) {
        request_bytes &= ~(size_t)3u;
    }
    errno = 0;
    void *block = index == MAIN ? call_main(how, alignment_bytes, request_bytes)
                                : call_heap(heap->heap, how, alignment_bytes, request_bytes);
    int error = errno;
    if (block == NULL) {
        bool serves = index == MAIN || (heap->heap != NULL && !heap->is_orphan);
        if (serves) {
            expect_failure(index, error, ENOMEM);
        } else {
            play_expect(error == EINVAL, "a heap that serves nothing does not say so");
        }
        return;
    }
    play_expect(index == MAIN || (heap->heap != NULL && !heap->is_orphan),
                "a heap serves that has ended");
    play_expect(error == 0 || (index == MAIN && !pools_serve), "a success sets errno");
    play_expect(obmalloc_heap_of(block) == heap->heap, "a block is of another heap");
    if (how % 6u == 3u) {
        expect_zeros(block, request_bytes);
    }
    model_hold(&model, slot, index, block, request_bytes, usable(index, block), alignment_bytes);
}

/* An orphan ends with its last block. */
static void note_end(uint32_t index) {
    if (heaps[index].is_orphan && model_sums(&model, index).blocks == 0) {
        struct obmalloc_heap_statistics now;
        play_expect(!obmalloc_heap_statistics(heaps[index].heap, &now),
                    "an orphan lives on without blocks");
        heaps[index].heap = NULL;
        heaps[index].is_orphan = false;
    }
}

static void release(struct source *source, uint32_t slot) {
    uint32_t index = model.blocks[slot].heap;
    struct played_heap *heap = &heaps[index];
    void *block = model_release(&model, slot);
    if (source_byte(source) & 1u) {
        obmalloc_heap_free(heap->heap, block);
    } else {
        free(block);
    }
    play_expect(told_count == refused_count, "free refuses a live block");
    heap->freed[heap->freed_next++ % FREED_COUNT] = block;
    note_end(index);
}

static void resize(struct source *source, uint32_t slot, const struct play_memory *memories) {
    struct model_block held = model.blocks[slot];
    struct played_heap *heap = &heaps[held.heap];
    size_t request_bytes = play_request(source, heap_bytes(held.heap, memories));
    bool by_name = source_byte(source) & 1u;
    if (!pools_serve && held.heap == MAIN && request_bytes == 0) {
        request_bytes = 1; /* nano's realloc to 0 bytes frees, newlib's does not */
    }
    /* newlib-nano's copies as many bytes as the new block has, whatever the old one had: near the end of RAM no more may
     * be wanted than the stack has, which lies behind the heap. */
    if (!pools_serve && held.heap == MAIN && request_bytes > STACK_BYTES) {
        request_bytes = STACK_BYTES;
    }
    model_check(&model, slot, held.usable_bytes);
    errno = 0;
    void *result = by_name ? obmalloc_heap_realloc(heap->heap, held.block, request_bytes)
                           : realloc(held.block, request_bytes);
    int error = errno;
    play_expect(told_count == refused_count, "realloc refuses a live block");
    if (result == NULL) {
        expect_failure(held.heap, error, ENOMEM);
        play_expect(request_bytes > held.usable_bytes || held.heap == MAIN,
                    "a block cannot be shrunk");
        size_t bytes = usable(held.heap, held.block);
        /* picolibc's may have taken the free chunk behind before it gives up. */
        play_expect(bytes == held.usable_bytes || (held.heap == MAIN && bytes > held.usable_bytes),
                    "a realloc that failed has changed the block's length");
        model_check(&model, slot, held.usable_bytes);
        return;
    }
    play_expect(error == 0 || (held.heap == MAIN && !pools_serve), "a success sets errno");
    play_expect(obmalloc_heap_of(result) == heap->heap,
                "realloc has moved a block to another heap");
    model_resize(&model, slot, result, request_bytes, usable(held.heap, result));
    if (result != held.block) {
        heap->freed[heap->freed_next++ % FREED_COUNT] = held.block;
    }
}

static void audit_sums(const struct pools_statistics *now) {
    play_expect(now->map_bytes + now->small_used_bytes + now->large_used_bytes +
                        now->large_header_bytes + now->pool_ready_bytes + now->free_bytes ==
                    now->region_bytes,
                "the statistics do not add up to the region");
}

static void audit_main(void) {
    struct pools_finding finding;
    struct obmalloc_statistics now;
    if (obmalloc_check(&finding) != POOLS_OK) {
        play_fail(finding.sentence);
    }
    obmalloc_statistics(&now);
    audit_sums(&now.arena);
    if (pools_serve) {
        uint32_t in_arena = 0;
        for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
            const struct model_block *held = &model.blocks[slot];
            in_arena += held->block != NULL && obmalloc_owns(held->block);
        }
        play_expect(now.arena_used_blocks == in_arena &&
                        now.arena_used_blocks + now.libc_used_blocks ==
                            model_sums(&model, MAIN).blocks,
                    "the statistics count other blocks than are live");
        play_expect(now.failure_count == heaps[MAIN].failure_count,
                    "the statistics count other failures than there were");
    }
}

static void audit(uint32_t index) {
    struct obmalloc_heap_statistics now;
    struct pools_finding finding;
    if (index == MAIN) {
        audit_main();
        return;
    }
    if (heaps[index].heap == NULL) {
        return;
    }
    struct model_sums sums = model_sums(&model, index);
    if (obmalloc_heap_check(heaps[index].heap, &finding) != POOLS_OK) {
        play_fail(finding.sentence);
    }
    play_expect(obmalloc_heap_statistics(heaps[index].heap, &now), "a heap is none");
    audit_sums(&now.pools);
    play_expect(now.live_blocks == sums.blocks &&
                    now.pools.small_used_bytes + now.pools.large_used_bytes == sums.usable_bytes,
                "the statistics count other blocks than are live");
    play_expect(now.failure_count == heaps[index].failure_count,
                "the statistics count other failures than there were");
}

/* An address that is no live block, but in a place that the pools can tell: an arena, a heap, nobody's memory. */
static char *wrong_address(struct source *source, uint32_t index,
                           const struct play_memory *memories) {
    static char outside[16];
    const struct model_block *held = &model.blocks[source_below(source, MODEL_BLOCK_COUNT)];
    uint32_t kind = source_byte(source) & 3u;
    char *address = outside + source_below(source, 16);
    if (kind == 0) {
        address = heaps[index].freed[source_below(source, FREED_COUNT)];
    } else if (kind == 1 && held->block != NULL) {
        address = (char *)held->block + 1u + source_below(source, held->usable_bytes);
    } else if (kind == 2 && index != MAIN) {
        address = memories[index].start + source_below(source, (uint32_t)memories[index].bytes);
    }
    bool is_libcs =
        pools_serve && obmalloc_heap_of(address) == obmalloc_heap_main() && !obmalloc_owns(address);
    bool is_unwatched = !pools_serve && obmalloc_heap_of(address) == obmalloc_heap_main();
    return address == NULL || model_starts(&model, address) || is_libcs || is_unwatched ? NULL
                                                                                        : address;
}

static void expect_refused(uint32_t count) {
    refused_count += count;
    play_expect(told_count == refused_count, "a misuse is not told, or told twice");
    play_expect(counted_misuses() == refused_count, "a misuse is not counted, or counted twice");
}

static void misuse(struct source *source, const struct play_memory *memories) {
    uint32_t index = source_below(source, PLAY_HEAP_COUNT);
    char *address = wrong_address(source, index, memories);
    struct obmalloc_heap *home = obmalloc_heap_of(address);
    if (address == NULL || (!pools_serve && home == NULL)) {
        return; /* under flag 0 the C library is handed what is in no heap */
    }
    free(address);
    expect_refused(1);
    errno = 0;
    play_expect(realloc(address, play_request(source, 4096)) == NULL && errno == EINVAL,
                "realloc takes what is no block");
    play_expect(malloc_usable_size(address) == 0, "what is no block has a length");
    expect_refused(2);
    if (heaps[index].heap != NULL) {
        obmalloc_heap_free(heaps[index].heap, address);
        play_expect(obmalloc_heap_realloc(heaps[index].heap, address, 8) == NULL &&
                        obmalloc_heap_usable_size(heaps[index].heap, address) == 0,
                    "a heap takes what is no block");
        expect_refused(3);
    }
    audit(index);
}

/* A live block, but of another heap than the one that is named. */
static void mistake_heap(struct source *source, uint32_t slot) {
    const struct model_block *held = &model.blocks[slot];
    uint32_t index = source_below(source, PLAY_HEAP_COUNT);
    if (held->block == NULL || held->heap == index || heaps[index].heap == NULL) {
        return;
    }
    obmalloc_heap_free(heaps[index].heap, held->block);
    play_expect(obmalloc_heap_realloc(heaps[index].heap, held->block, 8) == NULL &&
                    obmalloc_heap_usable_size(heaps[index].heap, held->block) == 0,
                "a heap takes another one's block");
    expect_refused(3);
    model_check(&model, slot, held->usable_bytes);
}

static void ask_the_impossible(struct source *source, uint32_t slot) {
    /* volatile, or GCC warns of what is meant here. */
    const volatile size_t huge = SIZE_MAX - source_byte(source) * (SIZE_MAX >> 9);
    const volatile size_t wrapping_count = SIZE_MAX / 16u;
    const struct model_block *held = &model.blocks[slot];
    if (!pools_serve) {
        return; /* the C library's own holes */
    }
    void *none = NULL;
    errno = 0;
    play_expect(malloc(huge) == NULL && errno == ENOMEM, "malloc serves the impossible");
    errno = 0;
    play_expect(calloc(wrapping_count, 17) == NULL && errno == ENOMEM,
                "calloc serves the impossible");
    errno = 0;
    play_expect(memalign(64, huge) == NULL && errno == ENOMEM, "memalign serves the impossible");
    heaps[MAIN].failure_count += 3u;
    errno = 0;
    play_expect(aligned_alloc(source_byte(source) % 2u * 24u, 64) == NULL && errno == EINVAL,
                "an alignment that is none is taken");
    play_expect(posix_memalign(&none, sizeof none / 2u * (source_byte(source) % 2u), 64) ==
                        EINVAL &&
                    errno == EINVAL && none == NULL,
                "posix_memalign takes what it must not");
    if (held->block != NULL) {
        heaps[held->heap].failure_count++;
        errno = 0;
        play_expect(realloc(held->block, huge) == NULL && errno == ENOMEM,
                    "a block grows beyond all memory");
        model_check(&model, slot, held->usable_bytes);
    }
}

static void keep_house(struct source *source, const struct play_memory *memories) {
    uint32_t index = source_below(source, PLAY_HEAP_COUNT);
    uint32_t what = source_byte(source);
    if (what < 128 && index != MAIN) {
        if (heaps[index].heap == NULL) {
            create(source, index, memories);
        } else if (!heaps[index].is_orphan) {
            destroy(source, index);
        }
    } else if (what < 160) {
        obmalloc_restart_high_water();
        play_expect(obmalloc_never_used_bytes() <= (size_t)1 << 24,
                    "more was never used than there is");
    }
    audit(index);
}

static void step(struct source *source, const struct play_memory *memories) {
    uint32_t what = source_byte(source) & 63u;
    uint32_t slot = source_below(source, MODEL_BLOCK_COUNT);
    bool is_live = model.blocks[slot].block != NULL;
    if (what == 0) {
        keep_house(source, memories);
    } else if (what == 1) {
        misuse(source, memories);
    } else if (what == 2) {
        mistake_heap(source, slot);
    } else if (what == 3) {
        ask_the_impossible(source, slot);
    } else if (!is_live) {
        allocate(source, slot, memories);
    } else if (what < 26) {
        resize(source, slot, memories);
    } else {
        release(source, slot);
    }
}

static void begin(void) {
    memset(&model, 0, sizeof model);
    memset(heaps, 0, sizeof heaps);
    heaps[MAIN].heap = obmalloc_heap_main();
    free(malloc(1)); /* latched before it is asked */
    struct obmalloc_statistics now;
    obmalloc_statistics(&now);
    pools_serve = obmalloc_boot_report().flag == 1;
    heaps[MAIN].failure_count = now.failure_count;
    refused_count = counted_misuses();
    told_count = refused_count;
}

uint32_t play_port(struct source *source, const struct play_memory *memories,
                   uint32_t operation_count_max) {
    uint32_t count = 0;
    begin();
    for (; count < operation_count_max && !source_is_over(source); count++) {
        step(source, memories);
    }
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        if (model.blocks[slot].block != NULL) {
            release(source, slot);
        }
    }
    for (uint32_t i = 0; i < PLAY_HEAP_COUNT; i++) {
        audit(i);
        if (i != MAIN && heaps[i].heap != NULL) {
            play_expect(obmalloc_heap_destroy(heaps[i].heap, OBMALLOC_HEAP_REFUSE, NULL) ==
                            OBMALLOC_HEAP_OK,
                        "a heap does not end when all is freed");
        }
    }
    return count;
}
