# SPDX-License-Identifier: MIT
#
# Builds the library and the tests' programs for this computer, 32 bits, with counters in pools/ and port/. Called by
# tests/coverage/coverage.py for each of the builds in pc_programs.py.
#
# In: V6M: not empty = pools/ for a CPU that cannot count zeros
#     LIBC (nano, newlib, picolibc), LOCK, TIER, WATCH and GUARD as the port's makefile has them, BUILD (folder),
#     PROGRAMS (sources), DEFINES (for the compiler)
#     POOLS (folder of pools/ for all builds with the same DEFINES, links, counts and V6M: it knows no lock and no
#     library), COMMON (folder for all builds with the same LIBC, of what knows neither lock nor tier)

.DEFAULT_GOAL := programs
.DELETE_ON_ERROR:
ifndef V
.SILENT:
endif

out := $(BUILD)
CC := gcc
AR := ar
comma := ,

# The library's own list of sources.
OBMALLOC_DIR := .
OBMALLOC_CPU := -m32
OBMALLOC_LIBC := $(LIBC)
OBMALLOC_LOCK := $(LOCK)
OBMALLOC_LOCK_BASEPRI := 0x40
OBMALLOC_TIER := $(or $(TIER),basic)
OBMALLOC_WATCH := $(WATCH)
OBMALLOC_GUARD_LIBC := $(GUARD)
OBMALLOC_BUILD := $(out)/list
include port/obmalloc.mk
.DEFAULT_GOAL := programs

headers_nano := -isystem /usr/include/newlib/nano -isystem /usr/include/newlib
headers_newlib := -isystem /usr/include/newlib
# One thread.
headers_picolibc := -isystem /usr/lib/picolibc/arm-none-eabi/include -D__PICOLIBC__ -D_Thread_local= -D__thread=
allocator_nano := list
allocator_newlib := tags
allocator_picolibc := list

warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
CFLAGS := -std=gnu11 -m32 -march=i686 -O0 -g $(warnings) -fno-pic -fno-builtin -fno-stack-protector \
  -fcf-protection=none -fno-asynchronous-unwind-tables -U__linux__ -U__unix__ -Ulinux -Uunix -nostdinc \
  -isystem $(shell $(CC) -m32 -print-file-name=include) $(headers_$(LIBC)) $(if $(filter basepri,$(LOCK)),-D__ARM_ARCH_ISA_THUMB=2) -Iboard -Itests \
  -include tests/coverage/pc/instructions.h $(OBMALLOC_INCLUDES) $(OBMALLOC_DEFINES) $(DEFINES)
# In what is to be measured, and where its inline functions are called from.
$(POOLS)/%.o $(out)/port/%.o $(out)/tests/unit/%.o $(out)/tests/misuse/%.o $(out)/tests/coverage/cases/%.o \
  $(out)/tests/coverage/tiers/%.o $(out)/tests/coverage/watched/%.o: counters := --coverage -fprofile-info-section -fprofile-update=single

# As for ARMv6-M, which has no CLZ: what is inlined into the port keeps the instruction.
ifdef V6M
$(POOLS)/%.o $(out)/tests/unit/%.o: CFLAGS += -D__arm__ -D__ARMEL__
endif

common_sources := $(addprefix tests/coverage/pc/,board.c gcda.c libc.c registers.c region.c $(allocator_$(LIBC)).c) \
  tests/coverage/dump.c tests/harness/board_main.c tests/harness/board_text.c board/argument.c board/exit.c \
  board/instructions.c board/stack.c $(if $(filter picolibc,$(LIBC)),,board/syscalls_newlib.c)
pc_sources := $(common_sources) tests/coverage/pc/kin.c $(if $(filter hooks,$(LOCK)),tests/coverage/pc/hooks.c)

folder_of = $(if $(filter pools/%,$(1)),$(POOLS),$(if $(filter $(common_sources),$(1)),$(COMMON),$(out)))
objects_of = $(foreach file,$(1),$(call folder_of,$(file))/$(file:.c=.o))
library := $(out)/libobmalloc.a
library_objects := $(call objects_of,$(OBMALLOC_SOURCES))
pc_library := $(out)/libpc.a

define compile_rule
$(1)/%.o: %.c tests/coverage/pc/pc.mk
	mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(counters) -MMD -MP -c $$< -o $$@
endef
$(foreach folder,$(out) $(POOLS) $(COMMON),$(eval $(call compile_rule,$(folder))))

$(library): $(library_objects)
	rm -f $@
	$(AR) rcs $@ $^

$(pc_library): $(call objects_of,$(pc_sources))
	rm -f $@
	$(AR) rcs $@ $^

$(out)/start.o: tests/coverage/pc/start.S
	mkdir -p $(@D)
	$(CC) -m32 -c $< -o $@

link_words = $(shell sed -n 's@^// test-link: @@p' $(1)) \
  $(if $(filter tests/unit/%,$(1)),-Wl$(comma)--defsym=__obmalloc_arena_size=1040)

# What a program needs besides.
parts_test_statistics := tests/see/part_storm.c tests/coverage/pc/meter.c
parts_test_largest := tests/see/part_storm.c
parts_test_sites := tests/see/part_accounts.c tests/coverage/pc/divide.c

# As a board's image is linked.
define program_rule
$(out)/$(notdir $(basename $(1))): $(call objects_of,$(1) $(parts_$(notdir $(basename $(1))))) $(out)/start.o $(library) $(pc_library)
	$(CC) -m32 -static -no-pie -nostdlib -Wl,--gc-sections -Wl,-z,noexecstack -Wl,--build-id=none -Wl,--wrap=board_exit -Wl,-u,malloc -Wl,-u,obmalloc_main_begins \
	  -Llinker $(call link_words,$(1)) $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
	  -T tests/coverage/pc/pc.ld -o $$@
endef
$(foreach file,$(PROGRAMS),$(eval $(call program_rule,$(file))))

.PHONY: programs
programs: $(addprefix $(out)/,$(notdir $(basename $(PROGRAMS))))

-include $(shell find $(out) $(POOLS) $(COMMON) -name '*.d' 2>/dev/null)
