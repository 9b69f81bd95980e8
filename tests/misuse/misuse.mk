# SPDX-License-Identifier: MIT
#
# The list of misuses: misuse.elf with the port, in the tier of this build; $(bench_out)/LIBC/misuse.elf with a C
# library alone. And the unit tests of pools/ with encoded links, on the PC.

misuse_parts := $(addprefix $(out)/tests/misuse/,misuse.o cases.o second_heap.o explain.o)
$(out)/misuse.elf: $(misuse_parts) $(board_objects) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,-Wl$(comma)--defsym=__obmalloc_arena_size=0)

bench_misuse_sources := $(addprefix tests/misuse/,misuse.c cases.c second_heap_stock.c) tests/bench/stock.c
define misuse_stock_rule
$(bench_out)/$(1)/misuse.elf: $(call bench_objects,$(1),$(bench_misuse_sources)) $(linker_scripts)
	$(CC) $(bench_ldflags) $(bench_specs_$(1)) $$(filter %.o,$$^) -Wl,-Map=$$(@:.elf=.map) -T linker/$(BOARD).ld -o $$@
-include $(patsubst %.o,%.d,$(call bench_objects,$(1),$(bench_misuse_sources)))
endef
$(foreach peer,$(bench_peers),$(eval $(call misuse_stock_rule,$(peer))))
