# SPDX-License-Identifier: MIT
#
# `make record`: a firmware of a build with WATCH=record, in QEMU, and the file of what it recorded.
# APP and its input, or IMAGE, or ELF, any file of a firmware for BOARD; OUT is the file.
# `make pins`: whose blocks keep free memory in pieces, by such a file.

ELF ?=
OUT ?= $(BUILD)/$(record_name).obmr
record_name := $(if $(ELF),$(basename $(notdir $(ELF))),$(or $(APP),$(IMAGE)))
record_watch := $(sort record $(WATCH))
record_out := $(BUILD)/$(BOARD)-$(LIBC)$(call joined,$(filter-out none,$(LOCK)) $(record_watch))
record_elf := $(or $(ELF),$(record_out)/$(record_name).elf)
record_words = $(flag_word) $(if $(ELF)$(APP),,$(replay_word)) $(WORDS)
check_record = $(if $(ELF),$(if $(wildcard $(ELF)),,$(error ELF is '$(ELF)', which does not exist)),\
  $(if $(APP),$(check_app),$(check_image)))

.PHONY: record
record: setup ## run APP=lua|json, IMAGE or ELF on BOARD and record every allocation into the file OUT
	$(check_record)
	+$(if $(ELF),,$(again) WATCH='$(record_watch)' $(if $(APP),app-needs) $(record_elf))
	$(PYTHON) board/host/record.py --board $(BOARD) --output $(call quoted,$(OUT)) \
	  $(if $(APP),--input $(call quoted,$(app_input))) $(call quoted,$(record_elf)) $(record_words)

.PHONY: pins
pins: setup ## whose blocks keep free memory in pieces, where the first request of RECORDING failed (with ELF: by name)
	$(if $(RECORDING),,$(error RECORDING is not set; it must be a file that `make record` has written))
	$(PYTHON) port/host/pins.py $(if $(PARTIAL),--partial) $(if $(ELF),--elf $(call quoted,$(ELF))) $(call quoted,$(RECORDING))
