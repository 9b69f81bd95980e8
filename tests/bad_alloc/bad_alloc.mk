# SPDX-License-Identifier: MIT
#
# Requests that no heap can serve: what the C libraries alone answer, and what they do with the port. bad_alloc.elf is with it,
# bad_alloc_alone.elf without.

bad_alloc_parts := $(addprefix $(out)/tests/bad_alloc/,bad_alloc.o ram.o)
$(out)/bad_alloc.elf: $(bad_alloc_parts) $(out)/tests/bad_alloc/region.o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)
# Behind -Wl,-u,malloc there is the library's.
$(out)/bad_alloc_alone.elf: $(bad_alloc_parts) $(out)/tests/bad_alloc/alone.o $(board_objects) $(harness_library) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)

bad_alloc_board := mps3-an547
bad_alloc_test_boards := $(if $(filter command,$(origin BOARD)),$(BOARD),$(BOARDS))
ifeq ($(BOARD),$(bad_alloc_board))
images: $(call image,bad_alloc $(if $(filter nano,$(LIBC)),bad_alloc_alone))
endif
.PHONY: bad-alloc-images bad-alloc
bad-alloc-images: $(call image,bad_alloc $(if $(GUARD),,bad_alloc_alone))
bad_alloc_builds := $(foreach libc,newlib nano picolibc,bad-alloc-build/$(libc)/ bad-alloc-build/$(libc)/1)
.PHONY: $(bad_alloc_builds)
$(bad_alloc_builds):
	$(MAKE) --no-print-directory BOARD=$(bad_alloc_board) LIBC=$(word 2,$(subst /, ,$@)) GUARD=$(word 3,$(subst /, ,$@)) \
	  bad-alloc-images
# `make test` wants two of those with the guard; the rest is a part of `images`.
test-build: $(if $(filter $(bad_alloc_board),$(bad_alloc_test_boards)),$(filter %nano/1 %picolibc/1,$(bad_alloc_builds)))

# And tests/host/test_flag_0_cost.py one of another board.
guard_cost_board := mps2-an386
.PHONY: guard-cost-build
guard-cost-build:
	$(MAKE) --no-print-directory BOARD=$(guard_cost_board) LIBC=nano GUARD=1 $(BUILD)/$(guard_cost_board)-nano-guard/replay.elf
test-build: $(if $(filter $(guard_cost_board),$(bad_alloc_test_boards)),guard-cost-build)

RAM ?= low
bad-alloc: setup ## what each C library answers to impossible requests, alone and with us (RAM=high: heap at 0x80000000)
	$(call one_of,RAM,low high)
	+$(again) $(bad_alloc_builds)
	$(PYTHON) tests/bad_alloc/bad_alloc.py --build $(BUILD) --ram $(RAM)
