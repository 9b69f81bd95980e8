# SPDX-License-Identifier: MIT
#
# `make compare`: which flag is right for a program, from its trace, or from APP's recording of itself.

compare_trace_named := $(filter command environment,$(origin TRACE))
compare_recording := $(BUILD)/compare/$(APP).obmr
check_compare = $(if $(APP),$(check_app),$(if $(and $(compare_trace_named),$(TRACE)),,$(error TRACE is not set; \
  it must be a name in tests/traces or a file, or APP must be lua or json)))

.PHONY: compare-images
compare-images: $(out)/replay.elf $(out)/plain.elf $(bench_out)/$(LIBC)/plain.elf

.PHONY: compare
compare: setup ## say which flag is right for TRACE or APP=lua|json: instructions, RAM, worst case, fragmentation
	$(check_compare)
	mkdir -p $(BUILD)/compare
	$(if $(APP),+$(MAKE) --no-print-directory APP=$(APP) OUT=$(compare_recording) record >&2)
	+$(again) compare-images
	nice $(PYTHON) tests/compare/compare.py --build $(BUILD) --board $(BOARD) --libc $(LIBC) \
	  --trace $(call quoted,$(if $(APP),$(compare_recording),$(TRACE))) $(if $(APP),--name $(APP)) \
	  --output $(BUILD)/compare
