// SPDX-License-Identifier: MIT
#include "genome.h"

enum {
    GENES_FIRST_MIN = 6,
    GENES_FIRST_MAX = 30,
    RUN_MAX = 64,
    ALIGNMENT_LOG2_MIN = 4,
    ALIGNMENT_LOG2_MAX = 10,
    GRANULE_BYTES = 8
};

uint32_t dice_below(struct dice *dice, uint32_t limit) {
    uint32_t x = dice->state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    dice->state = x;
    return (uint32_t)(((uint64_t)x * limit) >> 32);
}

/* The allocator treats requests up to 8, 248 and 512 bytes differently, and large ones by how they
 * compare with the region. */
static uint32_t invent_size(struct dice *dice, uint32_t region_bytes) {
    switch (dice_below(dice, 10)) {
    case 0:
        return dice_below(dice, 17);
    case 1:
    case 2:
        return 1 + dice_below(dice, 64);
    case 3:
    case 4:
    case 5:
        return 1 + dice_below(dice, 248);
    case 6:
        return 240 + dice_below(dice, 24);
    case 7:
        return 249 + dice_below(dice, 264);
    case 8:
        return 513 + dice_below(dice, region_bytes / 8 + 128);
    default:
        return 513 + dice_below(dice, region_bytes);
    }
}

static void invent_gene(struct gene *gene, struct dice *dice, uint32_t region_bytes) {
    static const uint8_t operations[] = {PLAY_MALLOC, PLAY_MALLOC, PLAY_MALLOC, PLAY_MALLOC,
                                         PLAY_FREE,   PLAY_FREE,   PLAY_FREE,   PLAY_FREE,
                                         PLAY_RESIZE, PLAY_ALIGN,  PLAY_CALLOC, PLAY_FREE};
    gene->operation = operations[dice_below(dice, sizeof operations)];
    gene->size_bytes = invent_size(dice, region_bytes);
    gene->slot = (uint8_t)dice_below(dice, PLAY_SLOT_COUNT);
    gene->stride = dice_below(dice, 2) ? 1 : (uint8_t)(1 + dice_below(dice, 4));
    gene->count = dice_below(dice, 2) ? 1 : (uint8_t)(1 + dice_below(dice, RUN_MAX));
    gene->size_step = dice_below(dice, 4) ? 0 : (uint8_t)dice_below(dice, 5);
    gene->alignment_log2 = (uint8_t)(ALIGNMENT_LOG2_MIN +
                                     dice_below(dice, ALIGNMENT_LOG2_MAX - ALIGNMENT_LOG2_MIN + 1));
}

void genome_invent(struct genome *genome, struct dice *dice, uint32_t region_bytes) {
    genome->length = GENES_FIRST_MIN + dice_below(dice, GENES_FIRST_MAX - GENES_FIRST_MIN);
    for (uint32_t i = 0; i < genome->length; i++) {
        invent_gene(&genome->genes[i], dice, region_bytes);
    }
}

static void insert_at(struct genome *genome, uint32_t index, const struct gene *gene) {
    if (genome->length == GENOME_LENGTH_MAX) {
        genome->genes[index % GENOME_LENGTH_MAX] = *gene;
        return;
    }
    for (uint32_t i = genome->length; i > index; i--) {
        genome->genes[i] = genome->genes[i - 1];
    }
    genome->genes[index] = *gene;
    genome->length++;
}

static void remove_at(struct genome *genome, uint32_t index) {
    if (genome->length > 1) {
        genome->length--;
        for (uint32_t i = index; i < genome->length; i++) {
            genome->genes[i] = genome->genes[i + 1];
        }
    }
}

/* By a granule or a few, because limits lie between them. */
static void nudge_size(struct gene *gene, struct dice *dice) {
    uint32_t step = GRANULE_BYTES * (1 + dice_below(dice, 4));
    if (dice_below(dice, 2)) {
        gene->size_bytes += step;
    } else if (gene->size_bytes > step) {
        gene->size_bytes -= step;
    }
}

static void vary_gene(struct gene *gene, struct dice *dice, uint32_t region_bytes) {
    struct gene other;
    invent_gene(&other, dice, region_bytes);
    switch (dice_below(dice, 7)) {
    case 0:
        gene->operation = other.operation;
        break;
    case 1:
        gene->size_bytes = other.size_bytes;
        break;
    case 2:
        nudge_size(gene, dice);
        break;
    case 3:
        gene->slot =
            (uint8_t)((gene->slot + PLAY_SLOT_COUNT + dice_below(dice, 9) - 4) % PLAY_SLOT_COUNT);
        break;
    case 4:
        gene->count = other.count;
        break;
    case 5:
        gene->count = (uint8_t)(gene->count + (gene->count < RUN_MAX ? 1 : 0));
        gene->stride = other.stride;
        break;
    default:
        *gene = other;
        break;
    }
}

void genome_vary(struct genome *genome, struct dice *dice, uint32_t region_bytes) {
    uint32_t change_count = 1 + dice_below(dice, 4);
    while (change_count-- != 0) {
        uint32_t index = dice_below(dice, genome->length);
        struct gene gene = genome->genes[dice_below(dice, genome->length)];
        switch (dice_below(dice, 8)) {
        case 0:
            invent_gene(&gene, dice, region_bytes);
            insert_at(genome, dice_below(dice, genome->length + 1), &gene);
            break;
        case 1:
            vary_gene(&gene, dice, region_bytes);
            insert_at(genome, dice_below(dice, genome->length + 1), &gene);
            break;
        case 2:
            remove_at(genome, index);
            break;
        case 3: {
            struct gene *other = &genome->genes[dice_below(dice, genome->length)];
            gene = genome->genes[index];
            genome->genes[index] = *other;
            *other = gene;
            break;
        }
        default:
            vary_gene(&genome->genes[index], dice, region_bytes);
            break;
        }
    }
}

bool genome_lessen(struct genome *genome, uint32_t index) {
    if (index >= genome->length || genome->length == 1) {
        return false;
    }
    if (genome->genes[index].count > 1) {
        genome->genes[index].count /= 2;
    } else {
        remove_at(genome, index);
    }
    return true;
}

void genome_play(const struct genome *genome, struct play *play, bool printing) {
    play_start(play, printing);
    for (uint32_t i = 0; i < genome->length; i++) {
        const struct gene *gene = &genome->genes[i];
        uint32_t slot = gene->slot;
        uint32_t size_bytes = gene->size_bytes;
        for (uint32_t run = 0; run < gene->count; run++) {
            play_do(play, (enum play_operation)gene->operation, slot, size_bytes,
                    gene->alignment_log2);
            slot = (slot + gene->stride) % PLAY_SLOT_COUNT;
            size_bytes += gene->size_step * (uint32_t)GRANULE_BYTES;
        }
    }
}
