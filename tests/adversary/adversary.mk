# SPDX-License-Identifier: MIT
#
# The adversary: an image that searches for the costliest call, and the command that lets it search for
# long. tests/host/test_adversary.py lets it search for a short time.

adversary_objects := $(patsubst %.c,$(out)/%.o,$(wildcard tests/adversary/*.c)) $(out)/tests/replay/meter.o

# pools_reclaim by another name, so that its calls can be counted.
$(out)/adversary.elf: $(adversary_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$(call link_image,-Wl$(comma)--wrap=pools_reclaim)

ifeq ($(BOARD)-$(LIBC),mps2-an386-nano)
images: $(out)/adversary.elf
endif

.PHONY: adversary
adversary: setup ## search SECONDS (default 600) for a call costlier than the stated worst (REFRESH=1: raise it)
	+$(again) BOARD=mps2-an386 LIBC=nano $(BUILD)/mps2-an386-nano/adversary.elf $(BUILD)/mps2-an386-nano/replay.elf
	nice $(PYTHON) tests/adversary/adversary.py --build $(BUILD) --jobs $(JOBS) --seconds $(or $(SECONDS),600) \
	  --into $(BUILD)/adversary $(if $(REFRESH),--refresh)
