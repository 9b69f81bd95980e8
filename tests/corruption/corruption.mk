# SPDX-License-Identifier: MIT
#
# Flipped bits under a heap in use: on the PC the pools, on boards all of the allocator.

# ---- on the PC: a program for each kind of heap (pools/link.h)

corruption_out := $(BUILD)/host/corruption
corruption_kinds := basic full small
corruption_flags_basic :=
corruption_flags_full := -DPOOLS_IN_C -DPOOLS_LINKS_ENCODED
# The ways of pools/ that are shorter rather than fast.
corruption_flags_small := -Os $(corruption_flags_full)
corruption_sources := $(wildcard pools/*.c) tests/corruption/play.c tests/corruption/corruption.c
corruption_cflags := -std=gnu11 -O1 -g $(warnings) -fno-builtin -Itests -Ipools

define corruption_rule
$(corruption_out)/$(1)/%.o: %.c
	mkdir -p $$(@D)
	$$(HOST_CC) $(corruption_cflags) $(corruption_flags_$(1)) -MMD -MP -c $$< -o $$@
$(corruption_out)/$(1)/corruption: $(corruption_sources:%.c=$(corruption_out)/$(1)/%.o)
	$$(HOST_CC) $$^ -o $$@
-include $(wildcard $(corruption_out)/$(1)/*/*.d $(corruption_out)/$(1)/tests/*/*.d)
endef
$(foreach kind,$(corruption_kinds),$(eval $(call corruption_rule,$(kind))))
corruption_programs := $(corruption_kinds:%=$(corruption_out)/%/corruption)
host: $(corruption_programs)

# ---- on boards: one of each architecture, in the tiers that promise it. BOARD/TIER; tests/corruption/flips.py reads them.

corruption_builds := microbit/full mps2-an386/full mps2-an386/paranoid mps2-an386/trap mps2-an505/full mps2-an505/trap
corruption_objects := $(out)/tests/corruption/board.o
$(corruption_objects): CFLAGS += $(if $(filter microbit,$(BOARD)),-DSMALL_BOARD)

$(out)/corruption.elf: $(corruption_objects) $(board_objects) $(filter %/board_text.o,$(harness_objects)) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,-Wl$(comma)--defsym=__obmalloc_arena_size=0)

.PHONY: corruption-image $(corruption_builds:%=corruption-build/%) torture-corruption
corruption-image: $(out)/corruption.elf
$(corruption_builds:%=corruption-build/%):
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=nano LOCK=none WATCH= TIER=$(@F) corruption-image

test-build-later: $(foreach build,$(corruption_builds),$(if $(test_board_named),$(if $(filter $(BOARD)/%,$(build)),\
  corruption-build/$(build)),corruption-build/$(build)))

torture-corruption: setup ## flip each bit of the allocator's state, and let the program go on without a walk in between
	+$(again) $(corruption_programs) $(corruption_builds:%=corruption-build/%)
	nice $(PYTHON) tests/corruption/flips.py --build $(BUILD) --torture
