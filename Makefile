# SPDX-License-Identifier: MIT
#
# Builds, runs and tests the allocator. `make help` lists the targets.
#
# Variables of the command line:
#   BOARD   a folder of board/ (default mps2-an386)   LIBC    nano (default), newlib, picolibc
#   TRACE   a name in tests/traces, or a file         ONLY    names of tests, e.g. 'region*'
#   APP     lua or json: run that, not a replay       SCRIPT, DOCUMENT   what it gets, a file
#   IMAGE   a program's name (default replay)         WORDS   further words of its command line
#   LOCK    a policy of port/lock.h: none (default), primask, basepri (from priority LOCK_BASEPRI on) or hooks
#   WATCH   who watches every call: blackbox, record, sites, statistics, or several (default nobody)
#   GUARD   1: under flag 0, too, impossible requests are refused (OBMALLOC_GUARD_LIBC)
#   OUT     the file of `make record`                 RECORDING, ELF   what `make leaks` reads
#   TIER    how much misuse is noticed: none, basic (default), full, paranoid or trap
#   OPT     compiler's optimisation (default -O2)     DEFSYM  symbols, e.g. __stack_reserve_bytes=1K
#   BUILD   build directory (default build)           V       1 shows the commands
#   USE_MAIN_OBMALLOC  0 or 1 (default: run does both, the others leave it to the image)
#   GEOMETRY           a header for pools/geometry.h, as `make tune` writes it
#   PROBE              openocd: flash writes into a real board (default: QEMU boots it)
#   OPENOCD_INTERFACE  OpenOCD's script for another probe than the board's own
#   GDB_COMMANDS       what debug's gdb does, parted by ; (default: it asks you)
#   AT, DUMP           where dump stops the program, and the file that it writes

BOARD ?= mps2-an386
LIBC ?= nano
LOCK ?= none
LOCK_BASEPRI ?= 0x40
TIER ?= basic
WATCH ?=
GUARD ?=
OPT ?= -O2
BUILD ?= build
IMAGE ?= replay
USE_MAIN_OBMALLOC ?=
PROBE ?=
OPENOCD_INTERFACE ?=
ONLY ?=
DEFSYM ?=
PYTHON := /usr/bin/python3
JOBS := $(shell nproc)

BOARDS := $(notdir $(patsubst %/board.mk,%,$(wildcard board/*/board.mk)))

# Stops unless variable $(1) holds exactly one word of the list $(2). The list is the pattern, lest
# BOARD=% match.
one_of = $(if $(filter 1,$(words $($(1)))),$(if $(filter $(2),$($(1))),,$(not_one_of)),$(not_one_of))
not_one_of = $(error $(1) is '$($(1))'; it must be one of: $(2))
quoted = '$(subst ','\'',$(1))'

$(call one_of,BOARD,$(BOARDS))
$(call one_of,LIBC,nano newlib picolibc)
$(call one_of,LOCK,none primask basepri hooks)
$(call one_of,TIER,none basic full paranoid trap)
$(if $(USE_MAIN_OBMALLOC),$(call one_of,USE_MAIN_OBMALLOC,0 1))

include board/$(BOARD)/board.mk
TRACE ?= $(or $(BOARD_TRACE),lua_json)

CC := arm-none-eabi-gcc
AR := arm-none-eabi-ar
OBJCOPY := arm-none-eabi-objcopy
NM := arm-none-eabi-nm

empty :=
tier_word := $(patsubst %,tier_%,$(filter-out basic,$(TIER)))
joined = $(subst $(empty) $(empty),,$(patsubst %,-%,$(1)))
out := $(BUILD)/$(BOARD)-$(LIBC)$(call joined,$(filter-out none,$(LOCK)) $(tier_word) $(sort $(WATCH)) $(if $(filter 1,$(GUARD)),guard))

OBMALLOC_DIR := .
OBMALLOC_BUILD := $(out)/obmalloc
OBMALLOC_CPU := $(BOARD_CPU)
OBMALLOC_LIBC := $(LIBC)
OBMALLOC_LOCK := $(LOCK)
OBMALLOC_GUARD_LIBC := $(GUARD)
OBMALLOC_LOCK_BASEPRI := $(LOCK_BASEPRI)
OBMALLOC_TIER := $(TIER)
OBMALLOC_WATCH := $(sort $(WATCH))
# The compiler's word on each function's stack, which tests/host/test_stack_depth.py holds against the code.
OBMALLOC_CFLAGS := $(OPT) -g -fstack-usage
OBMALLOC_GEOMETRY := $(GEOMETRY)
OBMALLOC_PYTHON := $(PYTHON)

.DEFAULT_GOAL := images
.DELETE_ON_ERROR:
include port/obmalloc.mk

# Commands are shown with V=1 only.
ifndef V
.SILENT:
endif

# ---- what an image consists of

warnings := -Wall -Wextra -Werror -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
  -Wundef -Wpointer-arith -Wwrite-strings -Wvla
CFLAGS := -std=gnu11 $(OPT) -g $(warnings) $(BOARD_CPU) -ffunction-sections -fdata-sections \
  -fno-builtin -DTEST_REGION_BYTES=$(BOARD_TEST_REGION_BYTES) \
  -Iboard -Itests $(OBMALLOC_INCLUDES) $(OBMALLOC_SPECS)
comma := ,
LDFLAGS := $(BOARD_CPU) -nostartfiles -Wl,--gc-sections -Wl,--fatal-warnings \
  $(if $(WATCH),-Wl$(comma)--wrap=board_exit) $(if $(filter sites,$(WATCH)),-u obmalloc_sites_print) \
  $(OBMALLOC_SPECS) $(OBMALLOC_LDFLAGS) $(addprefix -Wl$(comma)--defsym=,$(DEFSYM))

# newlib and picolibc ask for different system calls.
board_sources = $(filter-out board/syscalls_$(if $(filter picolibc,$(1)),newlib,picolibc).c,\
  $(wildcard board/*.c)) board/$(BOARD)/board.c
board_objects := $(patsubst %.c,$(out)/%.o,$(call board_sources,$(LIBC)) $(if $(WATCH),$(wildcard board/watch/*.c)))
harness_objects := $(patsubst %.c,$(out)/%.o,$(wildcard tests/harness/board_*.c))
replay_objects := $(patsubst %.c,$(out)/%.o,$(wildcard tests/replay/*.c))
# An archive, so that an image with a main of its own does not meet the harness's.
harness_library := $(out)/libharness.a

# A board says which images its RAM cannot hold: SKIP_name := reason, or SKIP_name-libc.
fits = $(foreach name,$(1),$(if $(SKIP_$(name))$(SKIP_$(name)-$(LIBC)),,$(name)))
libcs_of = $(or $(shell sed -n 's@^// test-libcs: @@p' $(1)),newlib nano picolibc)
for_libc = $(foreach file,$(1),$(if $(filter $(LIBC),$(call libcs_of,$(file))),$(file)))

target_names := $(call fits,$(patsubst tests/target/%.c,%,$(call for_libc,$(wildcard tests/target/*.c))))
unit_names := $(call fits,$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c)))
self_names := $(patsubst tests/harness/self/%.c,%,$(wildcard tests/harness/self/*.c))
replay_names := $(if $(replay_objects),$(call fits,replay))

image = $(addprefix $(out)/,$(addsuffix .elf,$(1)))

.PHONY: images unit-images self-images
images: $(call image,$(target_names) $(replay_names)) ## build the target tests and the replay
unit-images: $(call image,$(unit_names) faults)
self-images: $(call image,$(self_names))

# Other flags on the command line, or in a board.mk, make everything anew.
flags_file := $(out)/flags
flags_text := $(CFLAGS) $(LDFLAGS) $(OBMALLOC_CFLAGS)
.PHONY: force
$(flags_file): force
	mkdir -p $(@D)
	echo '$(flags_text)' | cmp -s - $@ || echo '$(flags_text)' > $@

$(out)/%.o: %.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

# The unit tests' own code: as good at half the time to compile.
$(out)/tests/unit/%.o: CFLAGS += $(if $(filter -O2,$(OPT)),-O1)

$(harness_library): $(harness_objects)
	rm -f $@
	$(AR) rcs $@ $^

# The script comes behind --defsym: it asks whether the symbols are defined.
linker_scripts := linker/$(BOARD).ld linker/sections.ld linker/obmalloc.ld
link_image = $(CC) $(LDFLAGS) $(1) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
  -Wl,--end-group -Wl,-Map=$(@:.elf=.map) -T linker/$(BOARD).ld -o $@
link_words = $(shell sed -n 's@^// test-link: @@p' $(1)) \
  $(if $(filter tests/unit/%,$(1)),-Wl$(comma)--defsym=__obmalloc_arena_size=$(unit_arena_bytes))
# Unit tests bring their own region: RAM goes to it rather than to the firmware's arena.
unit_arena_bytes := 1040

define image_rule
$(out)/$(notdir $(basename $(1))).elf: $(out)/$(basename $(1)).o $(board_objects) \
  $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$$(call link_image,$$(call link_words,$(1)))
endef
$(foreach file,$(wildcard tests/target/*.c tests/unit/test_*.c tests/harness/self/*.c),\
  $(eval $(call image_rule,$(file))))

$(out)/replay.elf: $(replay_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)

include $(wildcard tests/*/*.mk)

-include $(wildcard $(out)/board/*.d $(out)/board/*/*.d $(out)/tests/*/*.d $(out)/tests/harness/self/*.d)

# ---- the same unit tests on the PC, with the sanitizers

HOST_CC := gcc
host_out := $(BUILD)/host
host_cflags := -std=gnu11 -O1 -g $(warnings) -fno-builtin -fno-omit-frame-pointer \
  -fsanitize=address,undefined -fno-sanitize-recover=all -Itests -Ipools
host_objects := $(patsubst %.c,$(host_out)/%.o,$(wildcard pools/*.c tests/harness/host_*.c))
host_tests := $(patsubst %.c,$(host_out)/%,$(wildcard tests/unit/test_*.c) tests/harness/self/fails.c)

.PHONY: host
host: $(host_tests)

$(host_out)/%.o: %.c
	mkdir -p $(@D)
	$(HOST_CC) $(host_cflags) -MMD -MP -c $< -o $@

$(host_tests): %: %.o $(host_objects)
	$(HOST_CC) -fsanitize=address,undefined $^ -lcmocka -o $@

.SECONDARY: $(host_tests:=.o)
-include $(wildcard $(host_out)/pools/*.d $(host_out)/tests/*/*.d $(host_out)/tests/harness/self/*.d)

# ---- what people call

.PHONY: setup run test bench tune install flash flag debug dump readme format check-format clean help
image_file := $(out)/$(IMAGE).elf
# In parallel, unless the command line says how many jobs there are.
again = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
flag_word := $(addprefix use_main_obmalloc=,$(USE_MAIN_OBMALLOC))

setup: ## install the tools that are missing (Debian, through apt)
	board/host/setup.sh

replay = $(PYTHON) tests/replay/run.py --board $(BOARD) --elf $(1) --trace $(call quoted,$(TRACE)) \
  --flag $(or $(USE_MAIN_OBMALLOC),both) --libc-name $(LIBC)

run: setup ## replay TRACE, or run APP=lua|json, with the pools, then with LIBC alone (USE_MAIN_OBMALLOC=0|1: one)
	$(if $(APP),$(check_app))
	+$(again) $(if $(APP),app-needs $(app_run_images),$(out)/replay.elf)
	$(if $(APP),$(run_app),$(call replay,$(out)/replay.elf))

# All boards, unless the command line names one.
test_board_named := $(filter command,$(origin BOARD))
test_boards := $(if $(test_board_named),$(BOARD),$(BOARDS))
test_builds := $(foreach board,$(test_boards),$(addprefix test-build/$(board)/,newlib nano picolibc))

# The programs that fail on purpose run on one board, one that guards its stack.
self_build := test-build/mps2-an505/nano

.PHONY: $(test_builds) test-build
$(test_builds):
	echo 'building for $(word 2,$(subst /, ,$@)), $(notdir $@)'
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=$(notdir $@) images \
	  $(if $(filter nano,$(notdir $@)),unit-images) $(if $(filter $(self_build),$@),self-images) \
	  $(if $(filter $(app_libcs:%=test-build/$(app_test_board)/%),$@),app-images)
test-build: $(test_builds) $(if $(test_board_named),,host)

# What shares a folder with one of the above, and would write to it at the same time.
.PHONY: test-build-later
test-build-later:

test: setup ## build and run all tests; BOARD=x: on that board only; ONLY='name*': those programs only
	+$(again) test-build
	+$(again) test-build-later
	$(PYTHON) tests/run_tests.py --build $(BUILD) --boards $(test_boards) --jobs $(JOBS) \
	  $(if $(test_board_named),,--host) $(if $(ONLY),--only $(call quoted,$(ONLY)))

# flash and debug take the name of an image that BOARD can hold.
image_names := $(sort $(target_names) $(unit_names) $(self_names) $(replay_names) $(pair_names) $(see_programs) $(gdb_names) $(example_names))
skip_reason = $(or $(SKIP_$(IMAGE)),$(SKIP_$(IMAGE)-$(LIBC)))
check_image = $(if $(skip_reason),$(error IMAGE is '$(IMAGE)', skipped on $(BOARD): $(skip_reason)))\
  $(call one_of,IMAGE,$(image_names))

bench: setup ## replay all traces with ours and its peers, and compare (ALLOCATORS='ours nano', TRACES=dir, QUICK=1)
	+$(again) bench-images
	$(call bench)

tune: setup ## find the size of the arena that needs least RAM for TRACE, as values for linker and build
	$(check_tune)
	+$(again) tune-images
	$(tune)

install: setup ## put library, headers, linker fragment and obmalloc.pc for CPU and LIBC under PREFIX
	+$(MAKE) --no-print-directory -f port/package/install.mk BOARD= OPT='$(OPT)' BUILD=$(BUILD) LIBC=$(LIBC) \
	  PYTHON=$(PYTHON) PREFIX='$(PREFIX)' CPU='$(CPU)' DESTDIR='$(DESTDIR)' GEOMETRY='$(GEOMETRY)' \
	  LOCK='$(LOCK)' LOCK_BASEPRI='$(LOCK_BASEPRI)' TIER='$(TIER)' WATCH='$(WATCH)'

check_probe = $(if $(PROBE),$(call one_of,PROBE,openocd)$(if $(BOARD_OPENOCD_TARGET),,\
  $(error PROBE is 'openocd', and OpenOCD knows no $(BOARD); it can flash: $(probe_boards))))
probe_boards = $(patsubst board/%/board.mk,%,$(shell grep -l '^BOARD_OPENOCD_TARGET' board/*/board.mk))
probe = $(PYTHON) board/host/openocd.py --board $(BOARD) \
  $(addprefix --interface ,$(OPENOCD_INTERFACE)) $(image_file:.elf=.hex) $(flag_word) $(replay_word) $(WORDS)

flash: setup ## make the flash image of IMAGE as .bin and .hex, and boot BOARD from it (PROBE=openocd: a real one)
	$(check_image)$(check_probe)
	+$(again) $(image_file)
	$(OBJCOPY) -O binary $(image_file) $(image_file:.elf=.bin)
	$(OBJCOPY) -O ihex $(image_file) $(image_file:.elf=.hex)
	$(if $(PROBE),$(probe),$(if $(filter replay,$(IMAGE)),$(call replay,$(image_file:.elf=.bin)),\
	  $(PYTHON) board/host/qemu.py --board $(BOARD) $(image_file:.elf=.bin) $(flag_word) $(WORDS)))

# A file if IMAGE names one, else the image of that name.
flag_file = $(or $(wildcard $(IMAGE)),$(wildcard $(image_file)),\
  $(error IMAGE is '$(IMAGE)': no such file, and no $(image_file) either, which `make` would build))
flag: ## show the config word of the file IMAGE (ELF, BIN, HEX), or set it to USE_MAIN_OBMALLOC
	$(PYTHON) port/host/flag.py $(call quoted,$(strip $(flag_file))) \
	  $(addprefix --use-main-obmalloc ,$(USE_MAIN_OBMALLOC))

replay_word := $(if $(filter replay,$(IMAGE)),trace=$(or $(wildcard tests/traces/$(TRACE).obmt),$(TRACE)))
debug: setup ## start BOARD halted in IMAGE with gdb attached (GDB_COMMANDS='break main;continue;bt')
	$(check_image)
	+$(again) $(image_file)
	$(PYTHON) board/host/debug.py --board $(BOARD) --commands $(call quoted,$(GDB_COMMANDS)) $(image_file) \
	  $(flag_word) $(replay_word) $(WORDS)

AT ?= board_exit
DUMP ?= $(out)/$(IMAGE).core
dump: setup ## run IMAGE up to AT (board_exit), write its memory into DUMP, a core file, and show the heap of it
	$(check_image)
	+$(again) $(image_file)
	$(PYTHON) board/host/debug.py --board $(BOARD) --commands $(call quoted,break $(AT);continue;heap save $(DUMP)) \
	  $(image_file) $(flag_word) $(replay_word) $(WORDS)
	$(PYTHON) port/host/heap.py $(image_file) $(call quoted,$(DUMP))

readme: setup ## put in what the commands that README.md and its pages show print today (SKIP='make test': not that)
	$(PYTHON) tests/harness/readme.py $(if $(SKIP),--skip '$(SKIP)')

c_files := $(wildcard */*.[ch] */*/*.[ch] */*/*/*.[ch] */*/*/*.cc)
format: ## format the C sources
	clang-format -i $(filter-out $(BUILD)/%,$(c_files))

check-format: ## fail iff a C source is not formatted
	clang-format --dry-run --Werror $(filter-out $(BUILD)/%,$(c_files))

clean: ## remove the build directory
	rm -rf $(BUILD)

help: ## list these targets
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1             \2/p' Makefile tests/*/*.mk | \
	  sed 's/^\(  .\{12\}[^ ]*\) */\1 /'
	echo 'Boards: $(BOARDS)'
