# SPDX-License-Identifier: MIT
#
# The firmware whose heap is known; tests/host/test_gdb.py looks at it through gdb, on a core of either kind.

gdb_names := known_heap
ifneq ($(filter microbit mps2-an386,$(BOARD)),)
images: $(call image,$(gdb_names))
endif

$(out)/known_heap.elf: $(out)/tests/gdb/known_heap.o $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,)
