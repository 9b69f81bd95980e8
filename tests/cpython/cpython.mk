# SPDX-License-Identifier: MIT
#
# Programs that tests/host/test_cpython.py runs: one that writes beyond a block, as a user sees it, and one
# with the debug hooks of a library built with PYMEM_DEBUG_SERIALNO. 134 is the status of abort().
images: $(call image,overflow serial)

# With the lock policies that need no hooks, because the first who asks for realloc is then a member of the library.
ifneq ($(filter primask basepri,$(LOCK)),)
lock-images: $(call image,overflow)
endif

$(out)/overflow.elf: $(out)/tests/cpython/overflow.o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,-Wl$(comma)-u$(comma)_PyMem_SetupAllocators)

# The same sources with the serial number, in front of the library's.
cpython_serial := $(addprefix $(out)/tests/cpython/,debug_check.o debug_hooks.o)
$(cpython_serial): $(out)/tests/cpython/%.o: port/cpython/%.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(OBMALLOC_ALL_CFLAGS) -DPYMEM_DEBUG_SERIALNO -MMD -MP -c $< -o $@

$(out)/serial.elf: $(out)/tests/cpython/serial.o $(cpython_serial) $(board_objects) $(harness_library) \
  $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,)

PYTHONMALLOC ?= debug
.PHONY: overflow
overflow: setup ## run a program that writes one byte too many, under PYTHONMALLOC (debug, pymalloc, ...)
	+$(again) $(out)/overflow.elf
	$(PYTHON) board/host/qemu.py --board $(BOARD) $(out)/overflow.elf $(flag_word) \
	  PYTHONMALLOC=$(call quoted,$(PYTHONMALLOC)) || test $$? = 134
