# SPDX-License-Identifier: MIT
#
# A device's life: a program for this computer, fast, and an image for a board, to see that it is the same life.

soak_out := $(BUILD)/host/soak
soak_renamed := port/entry.c port/heap_blocks.c tests/soak/life.c
soak_sources := $(fuzz_pools) $(fuzz_port) tests/fuzz/host_memory.c tests/fuzz/port_host.c tests/replay/pattern.c \
  tests/replay/trace_stream.c $(addprefix tests/soak/,life.c soak.c soak_host.c)
soak_cflags := -std=gnu11 -O2 -g $(warnings) -Wno-sign-conversion -fno-builtin -DOBMALLOC_ENTRY_IN_C \
  -Itests/differential/stand_in -Iboard -Itests -Ipools -Iport

$(soak_out)/%.o: %.c
	mkdir -p $(@D)
	$(HOST_CC) $(soak_cflags) $(if $(filter $(soak_renamed),$<),$(fuzz_renamed)) -MMD -MP -c $< -o $@
$(soak_out)/soak: $(soak_sources:%.c=$(soak_out)/%.o)
	$(HOST_CC) $^ -o $@
host: $(soak_out)/soak
-include $(wildcard $(soak_out)/*/*.d $(soak_out)/tests/*/*.d)

soak_objects := $(patsubst %.c,$(out)/%.o,$(addprefix tests/soak/,life.c soak.c soak_board.c) tests/replay/pattern.c \
  tests/replay/trace_stream.c)
$(out)/soak.elf: $(soak_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,)
ifeq ($(BOARD)-$(LIBC)-$(LOCK),mps2-an386-nano-none)
images: $(out)/soak.elf
endif

.PHONY: torture-soak
torture-soak: setup ## live a simulated year on 64 KiB, and a day of it on a board (REFRESH=1: keep its picture)
	+$(again) BOARD=mps2-an386 LIBC=nano $(soak_out)/soak $(BUILD)/mps2-an386-nano/soak.elf
	$(PYTHON) tests/soak/soak.py --build $(BUILD) --torture $(if $(REFRESH),--refresh)
