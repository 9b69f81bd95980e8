# SPDX-License-Identifier: MIT
#
# What `make tune` needs: the replay's image, and plain.elf, which tells the allocator's static RAM.
# Without TRACE there is nothing to tune for: a board's default trace is no program of the user's.
tune_trace_named := $(filter command environment,$(origin TRACE))
check_tune = $(if $(and $(tune_trace_named),$(TRACE)),,$(error TRACE is not set; it must be a name in \
  tests/traces or a file))

.PHONY: tune-images
tune-images: $(out)/replay.elf $(out)/plain.elf

tune = nice $(PYTHON) tests/tune/tune.py --build $(BUILD) --board $(BOARD) --libc $(LIBC) \
  --trace $(call quoted,$(TRACE)) --output $(BUILD)/tune
