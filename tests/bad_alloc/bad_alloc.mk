# SPDX-License-Identifier: MIT
#
# Requests that no heap can serve: what the C libraries alone answer, and what they do with the port. bad_alloc.elf is with it,
# bad_alloc_alone.elf without.

bad_alloc_parts := $(addprefix $(out)/tests/bad_alloc/,bad_alloc.o ram.o)
$(out)/bad_alloc.elf: $(bad_alloc_parts) $(out)/tests/bad_alloc/region.o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)
# Behind -Wl,-u,malloc there is the library's.
$(out)/bad_alloc_alone.elf: $(bad_alloc_parts) $(out)/tests/bad_alloc/alone.o $(board_objects) $(harness_library) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)
