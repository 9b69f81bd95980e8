# SPDX-License-Identifier: MIT
#
# Builds, runs and tests the allocator. `make help` lists the targets.
#
# Variables of the command line:
#   BOARD  a folder of board/ (default mps2-an386)    LIBC   nano (default) or newlib
#   OPT    compiler's optimisation (default -O2)      BUILD  build directory (default build)
#   DEFSYM further linker symbols, e.g. __obmalloc_arena_size=0x8000

BOARD ?= mps2-an386
LIBC ?= nano
OPT ?= -O2
BUILD ?= build
IMAGE ?= replay
USE_MAIN_OBMALLOC ?=
TRACE ?= lua_json
ONLY ?=
DEFSYM ?=
PYTHON := /usr/bin/python3

BOARDS := $(notdir $(patsubst %/board.mk,%,$(wildcard board/*/board.mk)))
ifeq ($(filter $(BOARD),$(BOARDS)),)
$(error BOARD is '$(BOARD)'; the boards are: $(BOARDS))
endif
include board/$(BOARD)/board.mk

CC := arm-none-eabi-gcc
AR := arm-none-eabi-ar
OBJCOPY := arm-none-eabi-objcopy
GDB := gdb-multiarch

out := $(BUILD)/$(BOARD)-$(LIBC)

OBMALLOC_DIR := .
OBMALLOC_BUILD := $(out)/obmalloc
OBMALLOC_CPU := $(BOARD_CPU)
OBMALLOC_LIBC := $(LIBC)
OBMALLOC_CFLAGS := $(OPT) -g
OBMALLOC_PYTHON := $(PYTHON)

.DEFAULT_GOAL := images
include port/obmalloc.mk

# Commands are shown with V=1, and otherwise as one word and a file each.
say = $(if $(V),,@echo "  $(1)" && )

# ---- what an image consists of

warnings := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
  -Wundef -Wpointer-arith -Wwrite-strings -Wvla
CFLAGS := -std=gnu11 $(OPT) -g $(warnings) $(BOARD_CPU) -ffunction-sections -fdata-sections \
  -fno-builtin -DTEST_REGION_BYTES=$(BOARD_TEST_REGION_BYTES) \
  -Iboard -Itests $(OBMALLOC_INCLUDES)
ifeq ($(LIBC),nano)
CFLAGS += --specs=nano.specs
endif
comma := ,
LDFLAGS := $(BOARD_CPU) -nostartfiles -Wl,--gc-sections -Wl,--fatal-warnings -Llinker \
  $(OBMALLOC_LDFLAGS) $(addprefix -Wl$(comma)--defsym=,$(DEFSYM))

board_objects := $(patsubst %.c,$(out)/%.o,$(wildcard board/*.c) board/$(BOARD)/board.c)
harness_objects := $(patsubst %.c,$(out)/%.o,$(wildcard tests/harness/board_*.c))
replay_objects := $(patsubst %.c,$(out)/%.o,$(wildcard tests/replay/*.c))
# An archive, so that an image with a main of its own does not meet the harness's.
harness_library := $(out)/libharness.a

# A board says which images its RAM cannot hold: SKIP_name := reason, or SKIP_name_libc.
fits = $(foreach name,$(1),$(if $(SKIP_$(name))$(SKIP_$(name)_$(LIBC)),,$(name)))
libcs_of = $(or $(shell sed -n 's|^// test-libcs: ||p' $(1)),newlib nano)
for_libc = $(foreach file,$(1),$(if $(filter $(LIBC),$(call libcs_of,$(file))),$(file)))

target_names := $(call fits,$(patsubst tests/target/%.c,%,$(call for_libc,$(wildcard tests/target/*.c))))
unit_names := $(call fits,$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c)))
self_names := $(patsubst tests/harness/self/%.c,%,$(wildcard tests/harness/self/*.c))
replay_names := $(if $(replay_objects),$(call fits,replay))

image = $(addprefix $(out)/,$(addsuffix .elf,$(1)))

.PHONY: images unit-images self-images
images: $(call image,$(target_names) $(replay_names)) ## build the target tests and the replay
unit-images: $(call image,$(unit_names))
self-images: $(call image,$(self_names))

$(out)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $@)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(harness_library): $(harness_objects)
	@rm -f $@
	$(call say,AR $@)$(AR) rcs $@ $^

# The script comes behind --defsym: it asks whether the symbols are defined.
linker_scripts := linker/$(BOARD).ld linker/sections.ld linker/obmalloc.ld
link_image = $(CC) $(LDFLAGS) $(1) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
  -Wl,--end-group -Wl,-Map=$(@:.elf=.map) -T linker/$(BOARD).ld -o $@
link_words = $(shell sed -n 's|^// test-link: ||p' $(1))

define image_rule
$(out)/$(notdir $(basename $(1))).elf: $(out)/$(basename $(1)).o $(board_objects) \
  $(harness_library) $(OBMALLOC_LIB) $(linker_scripts)
	$$(call say,LD $$@)$$(call link_image,$$(call link_words,$(1)))
endef
$(foreach file,$(wildcard tests/target/*.c tests/unit/test_*.c tests/harness/self/*.c),\
  $(eval $(call image_rule,$(file))))

$(out)/replay.elf: $(replay_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts)
	$(call say,LD $@)$(call link_image,)

-include $(wildcard $(out)/board/*.d $(out)/board/*/*.d $(out)/tests/*/*.d $(out)/tests/harness/self/*.d)
