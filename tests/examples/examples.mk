# SPDX-License-Identifier: MIT
#
# Three firmwares with a bug each, and the same without it: NAME_fixed. tests/host/test_examples.py goes the ways that
# README.md in this folder shows.

examples := $(patsubst tests/examples/%.c,%,$(wildcard tests/examples/*.c))
example_names := $(examples) $(examples:=_fixed)
# The arena is the whole region, as with a firmware whose linker script says nothing of it.
example_link_words := -Wl,--defsym=__obmalloc_arena_size=0

$(out)/tests/examples/%_fixed.o: tests/examples/%.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -DFIXED -MMD -MP -c $< -o $@

define example_rule
$(out)/$(1).elf: $(out)/tests/examples/$(1).o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$$(call link_image,$$(example_link_words))
endef
$(foreach name,$(example_names),$(eval $(call example_rule,$(name))))

# The builds of that test, each with the images that it needs there. The library of the tier is that of tests/misuse.
example_images := $(if $(filter record,$(WATCH)),$(filter-out doors%,$(example_names)),$(if \
  $(filter full,$(TIER)),$(filter doors%,$(example_names)),$(example_names)))
.PHONY: example-images
example-images: $(call image,$(example_images))
ifeq ($(BOARD)-$(LIBC),microbit-nano)
images: example-images
endif

.PHONY: example-build/recorded example-build/full
example-build/full: misuse-build/microbit/full
	$(MAKE) --no-print-directory BOARD=microbit LIBC=nano LOCK=none TIER=full example-images
example-build/recorded:
	$(MAKE) --no-print-directory BOARD=microbit LIBC=nano LOCK=none WATCH=record example-images
ifneq ($(filter microbit,$(if $(filter command,$(origin BOARD)),$(BOARD),microbit)),)
test-build: example-build/recorded example-build/full
endif
