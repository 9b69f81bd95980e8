# SPDX-License-Identifier: MIT
#
# The black box over resets; tests/host/test_blackbox.py makes and runs these with WATCH=blackbox, and the
# second one without, too.

# The board whose watchdog QEMU has.
$(BUILD)/lm3s6965evb-%/tests/blackbox/blackbox.o: CFLAGS += -DBLACKBOX_WATCHDOG

blackbox_parts := $(board_objects) $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
$(out)/blackbox.elf: $(out)/tests/blackbox/blackbox.o $(blackbox_parts)
	$(call link_image,)
$(out)/blackbox_cost.elf: $(out)/tests/blackbox/cost.o $(out)/tests/replay/meter.o $(blackbox_parts)
	$(call link_image,)

.PHONY: blackbox-images
blackbox-images: $(if $(filter blackbox,$(WATCH)),$(out)/blackbox.elf) $(out)/blackbox_cost.elf

.PHONY: blackbox
blackbox: setup ## let a firmware die in each way, and print what its next boot finds in the black box
	+$(again) WATCH=blackbox blackbox-images
	$(PYTHON) board/host/qemu.py --board $(BOARD) $(BUILD)/$(BOARD)-$(LIBC)-blackbox/blackbox.elf $(flag_word) | \
	  $(PYTHON) port/host/callers.py $(BUILD)/$(BOARD)-$(LIBC)-blackbox/blackbox.elf
