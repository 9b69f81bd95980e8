# SPDX-License-Identifier: MIT
#
# What `make bench` needs: the images of the allocators, and the command that compares them. Ours is the
# replay of $(out). Each peer is a C library as it is installed, under the same replay; stock.c stands in
# for the port. Beside each there is plain.elf, which shows what the allocator needs of static RAM.

bench_out := $(BUILD)/$(BOARD)-bench
bench_peers := newlib nano picolibc
bench_specs_newlib :=
bench_specs_nano := --specs=nano.specs
bench_specs_picolibc := --specs=picolibc.specs
# Where a library is not installed its images are not built, and the bench says that they are missing.
bench_has = $(shell $(CC) $(BOARD_CPU) $(bench_specs_$(1)) -x c -include stdlib.h -E /dev/null >/dev/null 2>&1 && echo yes)

bench_sources := $(wildcard tests/replay/*.c) tests/bench/stock.c
bench_plain_sources := tests/bench/plain.c tests/bench/stock.c
bench_objects = $(patsubst %.c,$(bench_out)/$(1)/%.o,$(2) $(call board_sources,$(1)))

bench_cflags := $(filter-out --specs=%,$(CFLAGS))
bench_ldflags := $(BOARD_CPU) -nostartfiles -Wl,--gc-sections -Wl,--fatal-warnings -Llinker

define bench_rules
$(bench_out)/$(1)/%.o: %.c $(flags_file)
	mkdir -p $$(@D)
	$(CC) $(bench_cflags) $(bench_specs_$(1)) -MMD -MP -c $$< -o $$@

$(bench_out)/$(1)/replay.elf: $(call bench_objects,$(1),$(bench_sources)) $(linker_scripts)
$(bench_out)/$(1)/plain.elf: $(call bench_objects,$(1),$(bench_plain_sources)) $(linker_scripts)
$(bench_out)/$(1)/replay.elf $(bench_out)/$(1)/plain.elf:
	$(CC) $(bench_ldflags) $(bench_specs_$(1)) $$(filter %.o,$$^) -Wl,-Map=$$(@:.elf=.map) \
	  -T linker/$(BOARD).ld -o $$@
-include $(patsubst %.o,%.d,$(call bench_objects,$(1),$(bench_sources) $(bench_plain_sources)))
endef
$(foreach peer,$(bench_peers),$(eval $(call bench_rules,$(peer))))

$(out)/plain.elf: $(out)/tests/bench/plain.o $(board_objects) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,)

bench_allocators := $(or $(ALLOCATORS),$(if $(QUICK),ours))
bench_wanted := $(filter $(bench_peers),$(or $(bench_allocators),$(bench_peers)))
# The compiler is asked for the libraries only when it matters.
ifneq ($(filter bench-images,$(MAKECMDGOALS)),)
bench_wanted := $(foreach peer,$(bench_wanted),$(if $(call bench_has,$(peer)),$(peer)))
endif

.PHONY: bench-images
bench-images: $(out)/replay.elf $(out)/plain.elf \
  $(foreach peer,$(bench_wanted),$(bench_out)/$(peer)/replay.elf $(bench_out)/$(peer)/plain.elf)

# tests/host/test_bench.py runs these.
ifeq ($(BOARD)-$(LIBC),mps2-an386-nano)
images: $(out)/plain.elf $(bench_out)/nano/replay.elf $(bench_out)/nano/plain.elf
endif

# The repository's pictures are those of a run as it is without variables.
bench_pictures := $(if $(MAKEOVERRIDES)$(ALLOCATORS)$(TRACES)$(QUICK),$(BUILD),tests/bench)

bench = nice $(PYTHON) tests/bench/bench.py --build $(BUILD) --board $(BOARD) --libc $(LIBC) --jobs $(JOBS) \
  --allocators '$(bench_allocators)' --traces '$(TRACES)' --tsv $(BUILD)/bench.tsv --pictures $(bench_pictures)
