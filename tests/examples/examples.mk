# SPDX-License-Identifier: MIT
#
# Three firmwares with a bug each, and the same without it: NAME_fixed. tests/host/test_examples.py goes the ways that
# README.md in this folder shows.

examples := $(patsubst tests/examples/%.c,%,$(wildcard tests/examples/*.c))
example_names := $(if $(filter microbit mps2-an386,$(BOARD)),$(examples) $(examples:=_fixed))

$(out)/tests/examples/%_fixed.o: tests/examples/%.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -DFIXED -MMD -MP -c $< -o $@

# The arena is the whole region, as with a firmware whose linker script says nothing of it.
example_link_words := -Wl,--defsym=__obmalloc_arena_size=0
define example_rule
$(out)/$(1).elf: $(out)/tests/examples/$(1).o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$$(call link_image,$$(example_link_words))
endef
$(foreach name,$(examples) $(examples:=_fixed),$(eval $(call example_rule,$(name))))
