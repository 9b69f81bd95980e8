# SPDX-License-Identifier: MIT
#
# Builds libobmalloc.a for a firmware that is made with Make. Include it from the firmware's makefile.
#
# In:   OBMALLOC_DIR     this repository
#       OBMALLOC_BUILD   directory for the objects
#       OBMALLOC_CPU     the firmware's flags for CPU and FPU, e.g. -mcpu=cortex-m4 -mthumb
#       OBMALLOC_LIBC    newlib or nano                                    default: nano
#       OBMALLOC_CFLAGS  further compiler flags, e.g. -O2 -g               default: -O2 -g
#       CC, AR, OBJCOPY, OBMALLOC_PYTHON: tools
# Out:  OBMALLOC_LIB       the library; put it behind the firmware's objects on the link line
#       OBMALLOC_INCLUDES  flags that find obmalloc.h, pools.h and Python.h
#       OBMALLOC_LDFLAGS   flags for the link
#       OBMALLOC_SPECS     flags that choose the C library when compiling; OBMALLOC_LDFLAGS holds them

OBMALLOC_LIBC ?= nano
OBMALLOC_CFLAGS ?= -O2 -g
OBMALLOC_PYTHON ?= /usr/bin/python3

ifeq ($(OBMALLOC_LIBC),newlib)
OBMALLOC_LIBC_FILE := libc.a
OBMALLOC_LIBC_SOURCES := libc_block_newlib.c
OBMALLOC_SPECS :=
else ifeq ($(OBMALLOC_LIBC),nano)
OBMALLOC_LIBC_FILE := libc_nano.a
OBMALLOC_LIBC_SOURCES := libc_block_nano.c
OBMALLOC_SPECS := --specs=nano.specs
else
$(error OBMALLOC_LIBC is '$(OBMALLOC_LIBC)'; it must be newlib or nano)
endif

# Without the reference, the archive can be passed over silently where nothing else names malloc: in
# C++, or under LTO.
OBMALLOC_LDFLAGS := $(OBMALLOC_SPECS) -Wl,-u,malloc

OBMALLOC_INCLUDES := -I$(OBMALLOC_DIR)/port -I$(OBMALLOC_DIR)/port/cpython -I$(OBMALLOC_DIR)/pools
OBMALLOC_LIB := $(OBMALLOC_BUILD)/libobmalloc.a

OBMALLOC_SOURCES := $(addprefix port/,boot.c boot_report.c config_default.c config_word.c entry.c \
  misuse.c newlib.c newlib_mallinfo.c newlib_stats.c route.c route_block.c sbrk.c serve.c \
  statistics.c cpython/interpreter_config.c $(OBMALLOC_LIBC_SOURCES)) \
  $(patsubst $(OBMALLOC_DIR)/%,%,$(sort $(wildcard $(OBMALLOC_DIR)/pools/*.c)))
OBMALLOC_OBJECTS := $(OBMALLOC_SOURCES:%.c=$(OBMALLOC_BUILD)/%.o) $(OBMALLOC_BUILD)/port/entry_thumb2.o

# -fno-builtin: GCC would fold malloc + memset inside calloc into a call of calloc.
# -fno-lto: an LTO object hides its references to malloc and friends from the linker.
OBMALLOC_ALL_CFLAGS = -std=c11 -Wall -Wextra -Werror -Wshadow -Wconversion \
  $(OBMALLOC_CPU) $(OBMALLOC_SPECS) $(OBMALLOC_CFLAGS) $(OBMALLOC_INCLUDES) \
  -ffunction-sections -fdata-sections -fno-builtin -fno-lto

$(OBMALLOC_BUILD)/%.o: $(OBMALLOC_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(OBMALLOC_ALL_CFLAGS) -MMD -MP -c $< -o $@

$(OBMALLOC_BUILD)/%.o: $(OBMALLOC_DIR)/%.S
	@mkdir -p $(@D)
	$(CC) $(OBMALLOC_CPU) $(OBMALLOC_CFLAGS) $(OBMALLOC_INCLUDES) -MMD -MP -c $< -o $@

OBMALLOC_PRIVATE := $(OBMALLOC_BUILD)/private_libc

$(OBMALLOC_PRIVATE)/members: $(OBMALLOC_DIR)/port/host/private_libc.py
	@mkdir -p $(@D)
	$(OBMALLOC_PYTHON) $< --objcopy $(OBJCOPY) --output $(OBMALLOC_PRIVATE) \
	  --libc "$$($(CC) $(OBMALLOC_CPU) -print-file-name=$(OBMALLOC_LIBC_FILE))"

$(OBMALLOC_LIB): $(OBMALLOC_OBJECTS) $(OBMALLOC_PRIVATE)/members
	@rm -f $@
	$(AR) rcs $@ $(OBMALLOC_OBJECTS) @$(OBMALLOC_PRIVATE)/members

-include $(OBMALLOC_OBJECTS:.o=.d)
