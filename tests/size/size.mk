# SPDX-License-Identifier: MIT
#
# What the allocator needs of flash, RAM and stack. A minimal image is measured, every entry point in it.

size_entry_points := malloc free calloc realloc memalign aligned_alloc posix_memalign malloc_usable_size \
  _malloc_r _free_r _calloc_r _realloc_r _memalign_r
$(out)/entry_points.elf: $(out)/tests/bench/plain.o $(board_objects) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,$(addprefix -Wl$(comma)-u$(comma),$(size_entry_points)))

# All boards, unless the command line names one; then by object.
size_boards := $(if $(filter command,$(origin BOARD)),$(BOARD),$(BOARDS))
size_builds := $(addprefix size-build/,$(size_boards))
.PHONY: size size-images $(size_builds) size-build
size-images: $(out)/entry_points.elf
$(size_builds):
	$(MAKE) --no-print-directory BOARD=$(@F) LIBC=$(LIBC) size-images
size-build: $(size_builds)

size: setup ## flash, RAM and stack per board; BOARD=x: per object and entry point; IMAGE=file.elf: of that file
	+$(if $(wildcard $(IMAGE)),,$(again) size-build)
	$(PYTHON) port/host/image_size.py $(if $(wildcard $(IMAGE)),$(call quoted,$(IMAGE)),\
	  $(size_boards:%=$(BUILD)/%-$(LIBC)/entry_points.elf))
