# SPDX-License-Identifier: MIT
#
# Which lines, branches and instructions the tests execute: on this computer, and with BOARD=x on that board, too.

.PHONY: coverage torture-coverage coverage-images
coverage_command = $(PYTHON) tests/coverage/coverage.py --build $(BUILD) --jobs $(JOBS)

coverage: setup ## lines and branches of pools/ and port/ that the tests execute (BOARD=x: on that board, too)
	$(coverage_command) $(if $(test_board_named),--board $(BOARD))

torture-coverage: setup ## the same, and the assembly's instructions on a board, as one line for torture
	$(coverage_command) --board $(BOARD) --json

# What coverage.py asks for: the board's images with counters in the library. Each ends through dump.c.
ifdef COVERAGE_COUNTERS
OBMALLOC_CFLAGS := -O0 -g --coverage -fprofile-info-section
coverage_objects := $(out)/tests/coverage/dump.o $(out)/tests/coverage/dump_board.o
LDFLAGS += -Wl,-u,__gcov_info_to_gcda -Wl,-u,__gcov_merge_add -Wl,--wrap=board_exit \
  $(shell $(CC) $(BOARD_CPU) -print-file-name=libgcov.a) -Ttests/coverage/board.ld
endif

coverage_names = $(filter-out $(if $(COVERAGE_COUNTERS),$(COVERAGE_WITHOUT)),$(target_names) $(unit_names) \
  $(if $(filter nano,$(LIBC)),$(conformance_names)))
$(call image,$(target_names) $(unit_names) $(conformance_names)): $(coverage_objects)
coverage-images: $(if $(filter none,$(LOCK)),$(call image,$(coverage_names)),lock-images)
