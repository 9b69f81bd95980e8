# SPDX-License-Identifier: MIT
#
# What sees the heap: tests and programs in builds of their own, whose library has all watchers. tests/runner/jobs.py
# reads the next lines: the C libraries for a board.
see_builds_microbit := nano
see_builds_mps2-an386 := nano newlib picolibc
see_watchers := record sites statistics

see_programs := $(patsubst tests/see/%.c,%,$(filter-out tests/see/part_%.c,$(wildcard tests/see/*.c)))
# What each needs besides.
see_objects_test_statistics := $(addprefix $(out)/tests/,see/part_storm.o replay/meter.o)
see_objects_test_largest := $(out)/tests/see/part_storm.o
see_objects_test_sites := $(out)/tests/see/part_accounts.o
see_objects_watched_storm := $(addprefix $(out)/tests/lock/,$(filter-out mutex.o,$(lock_storm)))

# Who watches needs stack, too.
ifneq ($(filter $(see_watchers),$(WATCH)),)
$(out)/tests/lock/storm.o: CFLAGS += -DSTORM_STACK_BYTES=1280
endif

# The program comes first: a hook of its own takes the place of the board's, and both are weak.
define see_image_rule
$(out)/$(1).elf: $(out)/tests/see/$(1).o $(board_objects) $(see_objects_$(1)) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$$(call link_image,$$(call link_words,tests/see/$(1).c))
endef
$(foreach name,$(see_programs),$(eval $(call see_image_rule,$(name))))

# With a lock policy, what interrupts.
.PHONY: see-images
see-images: $(call image,$(if $(filter none,$(LOCK)),$(filter-out watched_storm,$(see_programs)) replay,watched_storm))

see_boards := $(if $(filter command,$(origin BOARD)),$(BOARD),$(BOARDS))
see_builds := $(foreach board,$(see_boards),$(addprefix see-build/$(board)/,$(see_builds_$(board)))) \
  $(if $(filter mps2-an386,$(see_boards)),see-build/mps2-an386/nano-primask)
.PHONY: $(see_builds)
$(see_builds):
	echo 'building for $(word 2,$(subst /, ,$@)), $(@F), watched'
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=$(word 1,$(subst -, ,$(@F))) \
	  LOCK=$(or $(word 2,$(subst -, ,$(@F))),none) WATCH='$(see_watchers)' see-images
test-build: $(see_builds)

# Tests and figures know where to find the images that nobody watches only.
ifneq ($(strip $(WATCH)),)
$(foreach goal,$(filter test bench tune budgets adversary readme,$(MAKECMDGOALS)),$(error WATCH is '$(WATCH)'; \
  make $(goal) wants none, and `make test` tests the watchers, too))
endif

# ---- make leaks

RECORDING ?=
PARTIAL ?=
leaks_watch := $(sort sites $(WATCH))
leaks_out := $(BUILD)/$(BOARD)-$(LIBC)$(call joined,$(filter-out none,$(LOCK)) $(leaks_watch))
leaks_elf := $(or $(ELF),$(leaks_out)/$(IMAGE).elf)
leaks_of_recording = $(PYTHON) port/host/leaks.py $(if $(PARTIAL),--partial) $(if $(ELF),--elf $(call quoted,$(ELF))) \
  $(call quoted,$(RECORDING))
leaks_of_run = $(PYTHON) board/host/qemu.py --icount --board $(BOARD) $(leaks_elf) $(flag_word) $(replay_word) sites=1 \
  $(WORDS) | $(PYTHON) port/host/callers.py $(leaks_elf)

.PHONY: leaks
leaks: setup ## who holds the blocks that live at the end of RECORDING (with ELF: by name), or of a run of IMAGE
	$(if $(RECORDING),,$(check_image))
	+$(if $(RECORDING)$(ELF),,$(again) WATCH='$(leaks_watch)' $(leaks_elf))
	$(if $(RECORDING),$(leaks_of_recording),$(leaks_of_run))

# ---- make price

price_builds := $(foreach board,microbit mps2-an386,$(foreach watcher,none record sites statistics,price-build/$(board)/$(watcher)))
.PHONY: price price-build $(price_builds)
$(price_builds):
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=nano LOCK=none WATCH='$(filter-out none,$(@F))' \
	  $(BUILD)/$(word 2,$(subst /, ,$@))-nano$(patsubst %,-%,$(filter-out none,$(@F)))/replay.elf
price-build: $(price_builds)

price: setup ## what each watcher costs: instructions a call, flash and RAM
	+$(again) price-build
	$(PYTHON) tests/see/price.py --build $(BUILD)
