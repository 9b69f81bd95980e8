// SPDX-License-Identifier: MIT
#include "model.h"

#include "replay/pattern.h"

static void check_apart(const struct model *model, const unsigned char *block,
                        size_t usable_bytes) {
    uintptr_t start = (uintptr_t)block;
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        const struct model_block *other = &model->blocks[slot];
        uintptr_t other_start = (uintptr_t)other->block;
        if (other_start != 0 && start < other_start + other->usable_bytes &&
            other_start < start + usable_bytes) {
            play_fail("a block overlaps another live one");
        }
    }
}

void model_hold(struct model *model, uint32_t slot, uint32_t heap, void *block,
                size_t request_bytes, size_t usable_bytes, size_t alignment_bytes) {
    play_expect(((uintptr_t)block & (alignment_bytes - 1u)) == 0, "a block is not aligned");
    play_expect(usable_bytes >= request_bytes && usable_bytes != 0,
                "a block is shorter than asked for");
    check_apart(model, block, usable_bytes);
    model->blocks[slot] = (struct model_block){.block = block,
                                               .request_bytes = (uint32_t)request_bytes,
                                               .usable_bytes = (uint32_t)usable_bytes,
                                               .id = model->next_id++,
                                               .heap = heap};
    model_refill(model, slot);
}

void model_refill(const struct model *model, uint32_t slot) {
    const struct model_block *held = &model->blocks[slot];
    pattern_fill(held->block, held->id, held->usable_bytes);
}

static void check_contents(const struct model_block *held, const void *block,
                           size_t compared_bytes) {
    play_expect(pattern_check(block, held->id, held->usable_bytes, (uint32_t)compared_bytes) ==
                    PATTERN_SOUND,
                "the contents of a block have changed");
}

void model_check(const struct model *model, uint32_t slot, size_t compared_bytes) {
    check_contents(&model->blocks[slot], model->blocks[slot].block, compared_bytes);
}

void *model_release(struct model *model, uint32_t slot) {
    void *block = model->blocks[slot].block;
    model_check(model, slot, model->blocks[slot].usable_bytes);
    model->blocks[slot].block = NULL;
    return block;
}

void model_resize(struct model *model, uint32_t slot, void *block, size_t request_bytes,
                  size_t usable_bytes) {
    struct model_block held = model->blocks[slot];
    check_contents(&held, block,
                   held.request_bytes < request_bytes ? held.request_bytes : request_bytes);
    model->blocks[slot].block = NULL;
    model_hold(model, slot, held.heap, block, request_bytes, usable_bytes, 8u);
}

void model_forget(struct model *model, uint32_t heap) {
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        if (model->blocks[slot].block != NULL && model->blocks[slot].heap == heap) {
            model_release(model, slot);
        }
    }
}

bool model_starts(const struct model *model, const void *address) {
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        if (model->blocks[slot].block == address) {
            return true;
        }
    }
    return false;
}

struct model_sums model_sums(const struct model *model, uint32_t heap) {
    struct model_sums sums = {0, 0};
    for (uint32_t slot = 0; slot < MODEL_BLOCK_COUNT; slot++) {
        const struct model_block *held = &model->blocks[slot];
        if (held->block != NULL && held->heap == heap) {
            sums.blocks++;
            sums.usable_bytes += held->usable_bytes;
        }
    }
    return sums;
}
