# SPDX-License-Identifier: MIT
#
# Each program of this folder twice, for the board below: identity_NAME.elf with the port, stock_NAME.elf
# without it, with its heap at the same address. tests/host/test_identity.py compares what they do.

NM := arm-none-eabi-nm

ifeq ($(BOARD),mps2-an386)
pair_names := identity_first identity_mix identity_misuse stock_first stock_mix stock_misuse
images: $(call image,$(pair_names))
endif

# An arena so large that libc's heap grows into it under flag 0.
$(out)/identity_%.elf: $(out)/tests/identity/%.o $(out)/tests/identity/print.o \
  $(out)/tests/identity/scan.o $(board_objects) $(OBMALLOC_LIB) $(linker_scripts)
	$(call link_image,-Wl$(comma)--defsym=__obmalloc_arena_size=0x74000)

$(out)/stock_%.elf: $(out)/tests/identity/%.o $(out)/tests/identity/print.o \
  $(out)/tests/identity/stock.o $(board_objects) $(out)/identity_%.elf $(linker_scripts)
	$(call link_image,-Wl$(comma)--defsym=__stock_heap_start=0x$$($(NM) \
	  $(out)/identity_$*.elf | sed -n 's/ . __heap_start$$//p'))

.SECONDARY: $(addprefix $(out)/tests/identity/,mix.o misuse.o print.o scan.o stock.o)
