# SPDX-License-Identifier: MIT
#
# `make heapmap`: the picture of a heap. From DUMP (with ELF), from RECORDING (with ELF: by name), from both, or from a
# run of IMAGE up to AT in a build with WATCH=record, which gives both. FORM is html, svg or text; MOMENT is the operation that
# a recording shows first.

FORM ?= html
RAM_START ?=
MOMENT ?=
heapmap_given = $(if $(filter file,$(origin $(1))),,$($(1)))
heapmap_dump := $(call heapmap_given,DUMP)
heapmap_is_run := $(if $(heapmap_dump)$(RECORDING),,yes)
heapmap_elf = $(if $(heapmap_is_run),$(record_out)/$(IMAGE).elf,$(ELF))
heapmap_name := $(BUILD)/heapmap/$(basename $(notdir $(or $(RECORDING),$(heapmap_dump),$(IMAGE))))
heapmap_dump_used := $(if $(heapmap_is_run),$(heapmap_name).core,$(heapmap_dump))
heapmap_recording_used := $(if $(heapmap_is_run),$(heapmap_name).obmr,$(RECORDING))
heapmap_out := $(or $(call heapmap_given,OUT),$(heapmap_name).$(FORM))

define heapmap_run
	mkdir -p $(dir $(heapmap_name))
	$(PYTHON) board/host/debug.py --board $(BOARD) --commands $(call quoted,break $(AT);continue;heap save $(heapmap_dump_used)) \
	  $(heapmap_elf) record=$(heapmap_recording_used) $(flag_word) $(replay_word) $(WORDS) > $(heapmap_name).log
endef

.PHONY: heapmap
heapmap: setup ## draw the heap of DUMP or RECORDING (with ELF), or of a run of IMAGE, as a page (FORM=html, svg, text)
	$(call one_of,FORM,html svg text)$(if $(heapmap_is_run),$(check_image))
	+$(if $(heapmap_is_run),$(again) WATCH='$(record_watch)' $(heapmap_elf))
	$(if $(heapmap_is_run),$(heapmap_run))
	mkdir -p $(dir $(heapmap_out))
	$(PYTHON) port/host/heapmap.py $(if $(heapmap_elf),--elf $(call quoted,$(heapmap_elf))) \
	  $(if $(heapmap_dump_used),--dump $(call quoted,$(heapmap_dump_used))) $(addprefix --base ,$(RAM_START)) \
	  $(if $(heapmap_recording_used),--recording $(call quoted,$(heapmap_recording_used))) $(if $(PARTIAL),--partial) \
	  $(addprefix --at ,$(MOMENT)) $(if $(filter text,$(FORM)),--text,$(if $(filter svg,$(FORM)),--svg) --output $(call quoted,$(heapmap_out)))

# ---- the picture in port/SEE.md

.PHONY: heapmap-picture
heapmap-picture: setup ## draw port/SEE.md's picture anew, tests/heapmap/heap.svg: trace busybox_ash, in its middle
	mkdir -p $(BUILD)/heapmap
	+$(MAKE) --no-print-directory record IMAGE=replay TRACE=busybox_ash BOARD=lm3s6965evb LIBC=nano \
	  OUT=$(BUILD)/heapmap/busybox_ash.obmr > $(BUILD)/heapmap/busybox_ash.log
	+$(MAKE) --no-print-directory heapmap RECORDING=$(BUILD)/heapmap/busybox_ash.obmr MOMENT=4000 FORM=svg OUT=tests/heapmap/heap.svg

# ---- the browser that the tests draw it in; behind setup-cxx, because one apt at a time can work

.PHONY: setup-browser
setup-browser: setup-cxx
	board/host/setup.sh --optional chromium chromium-driver
test: setup-browser
