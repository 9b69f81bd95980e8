# SPDX-License-Identifier: MIT
#
# Each program of this folder twice, for the board below: identity_NAME.elf with the port, stock_NAME.elf
# without it, with its heap at the same address. tests/host/test_identity.py compares what they do.

NM := arm-none-eabi-nm

ifeq ($(BOARD),mps2-an386)
pair_programs := first heaps misuse mix noted
pair_names := $(addprefix identity_,$(pair_programs)) $(addprefix stock_,$(pair_programs))
images: $(call image,$(pair_names))
endif

# An arena so large that libc's heap grows into it under flag 0.
$(out)/identity_%.elf: $(out)/tests/identity/%.o $(out)/tests/identity/print.o \
  $(out)/tests/identity/scan.o $(board_objects) $(OBMALLOC_LIB) $(linker_scripts)
	$(call link_image,-Wl$(comma)--defsym=__obmalloc_arena_size=0x74000 $(identity_words))
$(out)/identity_heaps.elf: $(out)/tests/identity/with_heap.o
$(out)/identity_noted.elf: private identity_words := -Wl,-u,obmalloc_ledger

$(out)/stock_%.elf: $(out)/tests/identity/%.o $(out)/tests/identity/print.o \
  $(out)/tests/identity/stock.o $(board_objects) $(out)/identity_%.elf $(linker_scripts)
	$(call link_image,-Wl$(comma)--defsym=__stock_heap_start=0x$$($(NM) \
	  $(out)/identity_$*.elf | sed -n 's/ . __heap_start$$//p'))

.SECONDARY: $(addprefix $(out)/tests/identity/,$(addsuffix .o,$(pair_programs) print scan stock with_heap))
