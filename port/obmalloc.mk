# SPDX-License-Identifier: MIT
#
# Builds libobmalloc.a for a firmware that is made with Make. Include it from the firmware's makefile.
#
# In:   OBMALLOC_CPU     the firmware's flags for CPU and FPU, e.g. -mcpu=cortex-m4 -mthumb
#       OBMALLOC_LIBC    the C library that the firmware links: nano       default: nano
#                        (it says --specs=nano.specs), picolibc (it says
#                        --specs=picolibc.specs) or newlib (it says neither)
#       OBMALLOC_LOCK    what keeps threads and interrupts apart (lock.h):  default: none
#                        none, primask, basepri or hooks
#       OBMALLOC_LOCK_BASEPRI  for basepri: interrupts of this priority number and above are off, e.g. 0x40
#       OBMALLOC_TIER    how much misuse is noticed (PROMISES.md):      default: basic
#                        none, basic, full, paranoid or trap
#       OBMALLOC_WATCH   who watches every call (watch/watch.h):         default: nobody
#                        any of statistics, record, sites, blackbox
#       OBMALLOC_GUARD_LIBC  1: what the C library's own allocator should refuse and does not, e.g. a calloc
#                        that wraps, is refused under flag 0 as well (libc_guard.c)  default: it answers as it does
#       OBMALLOC_LIBC_RESERVE  bytes that only newlib's own requests may use when nothing else is left
#                        (libc_reserve.h), e.g. 2048; nano, newlib          default: none
#       OBMALLOC_CFLAGS  further compiler flags                            default: -O2 -g
#       OBMALLOC_GEOMETRY  a header that sets numbers of pools/geometry.h, e.g. what `make tune` writes
#       OBMALLOC_BUILD   directory for the objects                         default: build/obmalloc
#       OBMALLOC_DIR     this repository                                   default: where this file is
#       CC, AR, OBJCOPY, OBMALLOC_PYTHON: tools            default: arm-none-eabi-..., /usr/bin/python3
# Out:  OBMALLOC_LIB       the library; put it behind the firmware's objects on the link line
#       OBMALLOC_LDFLAGS   flags for the link, before -T: the linker finds obmalloc.ld by them
#       OBMALLOC_INCLUDES  flags that find obmalloc.h, pools.h and Python.h, and say which tier it is
#       OBMALLOC_SPECS     flags that choose the C library, for a firmware that has none of its own:
#                          the compiler takes them once only

ifeq ($(strip $(OBMALLOC_CPU)),)
$(error OBMALLOC_CPU is not set; it must be the firmware's flags for CPU and FPU, e.g. -mcpu=cortex-m4 -mthumb)
endif

# The firmware's first target stays the one that a bare `make` builds.
obmalloc_goal_before := $(.DEFAULT_GOAL)

OBMALLOC_DIR ?= $(patsubst %/port/obmalloc.mk,%,$(lastword $(MAKEFILE_LIST)))
# Now, because the list grows with every further include.
OBMALLOC_DIR := $(OBMALLOC_DIR)
OBMALLOC_BUILD ?= build/obmalloc
OBMALLOC_LIBC ?= nano
OBMALLOC_LOCK ?= none
OBMALLOC_LOCK_BASEPRI ?=
OBMALLOC_GUARD_LIBC ?=
OBMALLOC_LIBC_RESERVE ?=
OBMALLOC_TIER ?= basic
OBMALLOC_WATCH ?=
OBMALLOC_CFLAGS ?= -O2 -g
OBMALLOC_PYTHON ?= /usr/bin/python3
ifeq ($(origin CC),default)
CC := arm-none-eabi-gcc
endif
ifeq ($(origin AR),default)
AR := arm-none-eabi-ar
endif
OBJCOPY ?= arm-none-eabi-objcopy

# Commands that print where the library is. gcc knows it of newlib; of picolibc it tells the linker alone,
# which shows the files that it opens.
obmalloc_libc_of_gcc = $(CC) $(OBMALLOC_CPU) -print-file-name=$(1)
obmalloc_libc_of_ld = $(CC) $(OBMALLOC_CPU) $(OBMALLOC_SPECS) -nostartfiles -Wl,-u,malloc,--trace -x c /dev/null \
  -o /dev/null 2>/dev/null | sed -n '/libc\.a$$/{p;q;}'

obmalloc_newlib_sources := newlib.c newlib_stats.c libc_reserve.c libc_reserve_default.c
ifeq ($(OBMALLOC_LIBC),newlib)
obmalloc_find_libc = $(call obmalloc_libc_of_gcc,libc.a)
OBMALLOC_LIBC_SOURCES := libc_block_newlib.c $(obmalloc_newlib_sources)
OBMALLOC_LIBC_SYMBOL := cfree
OBMALLOC_SPECS :=
else ifeq ($(OBMALLOC_LIBC),nano)
obmalloc_find_libc = $(call obmalloc_libc_of_gcc,libc_nano.a)
OBMALLOC_LIBC_SOURCES := libc_block_nano.c $(obmalloc_newlib_sources)
OBMALLOC_LIBC_SYMBOL := _cfree_r
OBMALLOC_SPECS := --specs=nano.specs
else ifeq ($(OBMALLOC_LIBC),picolibc)
obmalloc_find_libc = $(obmalloc_libc_of_ld)
OBMALLOC_LIBC_SOURCES := libc_block_picolibc.c picolibc.c
ifeq ($(OBMALLOC_LOCK),none)
OBMALLOC_LIBC_SYMBOL := __lock___libc_recursive_mutex
else
OBMALLOC_LIBC_SOURCES += picolibc_lock.c
OBMALLOC_LIBC_SYMBOL := __match_inf
endif
OBMALLOC_SPECS := --specs=picolibc.specs
else
$(error OBMALLOC_LIBC is '$(OBMALLOC_LIBC)'; it must be newlib, nano or picolibc)
endif

OBMALLOC_LOCKS := none primask basepri hooks
ifneq ($(filter-out $(OBMALLOC_LOCKS),$(OBMALLOC_LOCK))$(words $(OBMALLOC_LOCK)),1)
$(error OBMALLOC_LOCK is '$(OBMALLOC_LOCK)'; it must be one of: $(OBMALLOC_LOCKS))
endif
ifneq ($(if $(filter basepri,$(OBMALLOC_LOCK)),$(words $(OBMALLOC_LOCK_BASEPRI)),1),1)
$(error OBMALLOC_LOCK_BASEPRI is '$(OBMALLOC_LOCK_BASEPRI)'; with OBMALLOC_LOCK=basepri it must be the priority \
  from which interrupts are off, 0x01..0xFF)
endif
obmalloc_lock_primask := -DOBMALLOC_LOCK_PRIMASK
obmalloc_lock_basepri := -DOBMALLOC_LOCK_BASEPRI=$(strip $(OBMALLOC_LOCK_BASEPRI))
obmalloc_lock_hooks := -DOBMALLOC_LOCK_HOOKS

# Each above full has what full has. The defines are for those too who include our headers: heaps differ in length.
OBMALLOC_TIERS := none basic full paranoid trap
ifneq ($(filter-out $(OBMALLOC_TIERS),$(OBMALLOC_TIER))$(words $(OBMALLOC_TIER)),1)
$(error OBMALLOC_TIER is '$(OBMALLOC_TIER)'; it must be one of: $(OBMALLOC_TIERS))
endif
obmalloc_tier_none := -DPOOLS_KEYLESS
obmalloc_tier_basic :=
obmalloc_tier_full := -DPOOLS_IN_C -DPOOLS_LINKS_ENCODED
obmalloc_tier_paranoid := $(obmalloc_tier_full) -DOBMALLOC_GUARDED
obmalloc_tier_trap := $(obmalloc_tier_paranoid) -DOBMALLOC_TRAPPED
OBMALLOC_TIER_DEFINES := $(obmalloc_tier_$(strip $(OBMALLOC_TIER)))

OBMALLOC_WATCHERS := blackbox record sites statistics
ifneq ($(filter-out $(OBMALLOC_WATCHERS),$(OBMALLOC_WATCH)),)
$(error OBMALLOC_WATCH is '$(OBMALLOC_WATCH)'; it may hold: $(OBMALLOC_WATCHERS))
endif
obmalloc_watch_blackbox := -DOBMALLOC_WATCH_BLACKBOX
obmalloc_watch_record := -DOBMALLOC_WATCH_RECORD
obmalloc_watch_sites := -DOBMALLOC_WATCH_SITES
obmalloc_watch_statistics := -DOBMALLOC_WATCH_STATISTICS -DPOOLS_IN_C \
  -DPOOLS_READY_HEADER=\"watch/ready_counts.h\"

# Without the reference, the archive can be passed over silently where nothing else names malloc: in
# C++, or under LTO. The other symbol, a few bytes, is in that one of the C libraries only: a firmware
# that links another one does not link at all.
OBMALLOC_LINK_WORDS := -Wl,-u,malloc -Wl,--require-defined=$(OBMALLOC_LIBC_SYMBOL)
ifneq ($(filter-out 0 1,$(OBMALLOC_GUARD_LIBC)),)
$(error OBMALLOC_GUARD_LIBC is '$(OBMALLOC_GUARD_LIBC)'; it must be 0 or 1)
endif
obmalloc_guarded := $(filter 1,$(OBMALLOC_GUARD_LIBC))
ifneq ($(strip $(OBMALLOC_LIBC_RESERVE)),)
ifeq ($(OBMALLOC_LIBC),picolibc)
$(error OBMALLOC_LIBC_RESERVE is '$(OBMALLOC_LIBC_RESERVE)'; picolibc needs none, because its printf does not allocate)
endif
OBMALLOC_LINK_WORDS += -Wl,--wrap=_malloc_r -Wl,--wrap=_calloc_r
endif
OBMALLOC_LDFLAGS := $(OBMALLOC_LINK_WORDS) -L$(OBMALLOC_DIR)/linker

OBMALLOC_INCLUDES := $(OBMALLOC_TIER_DEFINES) -I$(OBMALLOC_DIR)/port -I$(OBMALLOC_DIR)/port/cpython -I$(OBMALLOC_DIR)/pools
OBMALLOC_LIB := $(OBMALLOC_BUILD)/libobmalloc.a
OBMALLOC_DEFINES := $(if $(OBMALLOC_GEOMETRY),-DPOOLS_GEOMETRY_HEADER=\"$(abspath $(OBMALLOC_GEOMETRY))\") \
  $(if $(obmalloc_guarded),-DOBMALLOC_GUARD_LIBC) $(addprefix -DOBMALLOC_LIBC_RESERVE_BYTES=,$(strip $(OBMALLOC_LIBC_RESERVE))) \
  $(obmalloc_lock_$(strip $(OBMALLOC_LOCK))) $(foreach watcher,$(OBMALLOC_WATCH),$(obmalloc_watch_$(watcher)))

# Of what is named after a C library, the one's alone.
obmalloc_port_sources := $(notdir $(sort $(wildcard $(OBMALLOC_DIR)/port/*.c)))
obmalloc_port_not := libc_block_% libc_reserve% newlib% picolibc% $(if $(obmalloc_guarded),,libc_guard.c)
OBMALLOC_SOURCES := $(addprefix port/,$(filter-out $(obmalloc_port_not),$(obmalloc_port_sources)) $(OBMALLOC_LIBC_SOURCES)) \
  $(patsubst $(OBMALLOC_DIR)/%,%,$(sort $(wildcard $(OBMALLOC_DIR)/port/cpython/*.c))) \
  $(if $(filter full paranoid trap,$(OBMALLOC_TIER)),port/guard/damage.c) \
  $(if $(filter paranoid trap,$(OBMALLOC_TIER)),$(addprefix port/guard/,block.c giving.c guard.c quarantine.c survey.c)) \
  $(if $(filter trap,$(OBMALLOC_TIER)),port/guard/mpu.c port/guard/trap.c) \
  $(patsubst $(OBMALLOC_DIR)/%,%,$(sort $(wildcard $(addprefix $(OBMALLOC_DIR)/port/watch/,\
  $(if $(strip $(OBMALLOC_WATCH)),watch*.c) $(OBMALLOC_WATCH:=*.c))))) \
  $(patsubst $(OBMALLOC_DIR)/%,%,$(sort $(wildcard $(OBMALLOC_DIR)/pools/*.c)))
OBMALLOC_ASSEMBLY := $(addprefix port/,calloc_thumb2.S entry_thumb1.S entry_thumb2.S memalign_thumb2.S realloc_thumb2.S) \
  pools/free_thumb2.S pools/heap_thumb2.S
OBMALLOC_OBJECTS := $(OBMALLOC_SOURCES:%.c=$(OBMALLOC_BUILD)/%.o) $(OBMALLOC_ASSEMBLY:%.S=$(OBMALLOC_BUILD)/%.o)

# -fno-builtin: GCC would fold malloc + memset inside calloc into a call of calloc.
# -fno-lto: an LTO object hides its references to malloc and friends from the linker.
OBMALLOC_ALL_CFLAGS = -std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion \
  $(OBMALLOC_CPU) $(OBMALLOC_SPECS) $(OBMALLOC_CFLAGS) $(OBMALLOC_INCLUDES) $(OBMALLOC_DEFINES) \
  -ffunction-sections -fdata-sections -fno-builtin -fno-lto

# Other flags make everything anew: objects of one C library or CPU must not meet those of another.
OBMALLOC_FLAGS_FILE := $(OBMALLOC_BUILD)/flags
.PHONY: obmalloc_force
$(OBMALLOC_FLAGS_FILE): obmalloc_force
	@mkdir -p $(@D)
	@echo '$(CC) $(OBMALLOC_LIBC) $(OBMALLOC_ALL_CFLAGS)' | cmp -s - $@ || \
	  echo '$(CC) $(OBMALLOC_LIBC) $(OBMALLOC_ALL_CFLAGS)' > $@

$(OBMALLOC_BUILD)/%.o: $(OBMALLOC_DIR)/%.c $(OBMALLOC_FLAGS_FILE)
	@mkdir -p $(@D)
	$(CC) $(OBMALLOC_ALL_CFLAGS) -MMD -MP -c $< -o $@

$(OBMALLOC_BUILD)/%.o: $(OBMALLOC_DIR)/%.S $(OBMALLOC_FLAGS_FILE)
	@mkdir -p $(@D)
	$(CC) $(OBMALLOC_CPU) $(OBMALLOC_SPECS) $(OBMALLOC_CFLAGS) $(OBMALLOC_INCLUDES) $(OBMALLOC_DEFINES) -MMD -MP -c $< -o $@

OBMALLOC_PRIVATE := $(OBMALLOC_BUILD)/private_libc

$(OBMALLOC_PRIVATE)/members: $(OBMALLOC_DIR)/port/host/private_libc.py $(OBMALLOC_FLAGS_FILE)
	@mkdir -p $(@D)
	$(OBMALLOC_PYTHON) $< --objcopy $(OBJCOPY) --output $(OBMALLOC_PRIVATE) \
	  $(if $(obmalloc_guarded),--guarded) \
	  --libc "$$($(obmalloc_find_libc))"

$(OBMALLOC_LIB): $(OBMALLOC_OBJECTS) $(OBMALLOC_PRIVATE)/members
	@rm -f $@
	$(AR) rcs $@ $(OBMALLOC_OBJECTS) @$(OBMALLOC_PRIVATE)/members

-include $(OBMALLOC_OBJECTS:.o=.d)

.DEFAULT_GOAL := $(obmalloc_goal_before)
