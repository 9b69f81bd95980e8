# SPDX-License-Identifier: MIT
#
# Fuzzing: the same harness functions under libFuzzer, under AFL++, and in programs that replay the corpus. README.md
# of this folder says what each does. tests/host/test_fuzz.py replays the corpus.

fuzz_out := $(BUILD)/fuzz
fuzz_packages := clang-14 libclang-rt-14-dev afl++
fuzz_geometries := $(notdir $(basename $(wildcard tests/fuzz/geometry/*.h)))
fuzz_programs := $(addprefix pools_,default random $(fuzz_geometries)) port_none port_hooks config_word trace

# ---- what each program is made of

fuzz_pools := $(wildcard pools/*.c)
fuzz_play := $(addprefix tests/fuzz/,host_memory.c model.c) tests/replay/pattern.c
fuzz_port := $(addprefix port/,check.c entry.c heap_blocks.c heap_report.c heap_sentence.c heaps.c high_water.c misuse.c route.c \
  route_block.c seal.c serve.c statistics.c)
fuzz_sources = $(fuzz_sources_$(word 1,$(subst _, ,$(1)))) tests/fuzz/fuzz_$(word 1,$(subst _, ,$(1))).c
fuzz_sources_pools := $(fuzz_pools) $(fuzz_play) tests/fuzz/play_pools.c
fuzz_sources_port := $(fuzz_pools) $(fuzz_port) $(fuzz_play) tests/fuzz/play_port.c tests/fuzz/port_host.c
fuzz_sources_config := port/config_word.c
fuzz_sources_trace := tests/replay/trace_stream.c

# GEOMETRY_SEED names the numbers of the geometry `random`.
GEOMETRY_SEED ?= 1
fuzz_random_geometry := $(fuzz_out)/geometry/random.h
fuzz_flags_port_hooks := -DOBMALLOC_LOCK_HOOKS
fuzz_flags_pools_random := -DPOOLS_GEOMETRY_HEADER=\"$(abspath $(fuzz_random_geometry))\"
$(foreach name,$(fuzz_geometries),$(eval fuzz_flags_pools_$(name) := \
  -DPOOLS_GEOMETRY_HEADER=\"$(abspath tests/fuzz/geometry/$(name).h)\"))
# The entry points would replace those of this computer.
fuzz_renamed := $(foreach name,malloc calloc realloc free memalign aligned_alloc posix_memalign malloc_usable_size,\
  -D$(name)=ours_$(name))
fuzz_renaming := port/entry.c port/heap_blocks.c tests/fuzz/play_port.c

# Signs: this computer's mallinfo counts in int, where those of the boards have size_t.
fuzz_cflags := -std=gnu11 -O1 -g $(warnings) -Wno-sign-conversion -fno-builtin -fno-omit-frame-pointer \
  -fsanitize=address,undefined -fno-sanitize-recover=all -DOBMALLOC_ENTRY_IN_C -Itests/differential/stand_in \
  -Iboard -Itests -Ipools -Iport

# ---- the compilers

# It does not know all of gcc's attributes.
fuzz_clang_only := -Wno-unknown-attributes
# Defined behind this file.
fuzz_cc_replay := $$(HOST_CC)
fuzz_cc_libfuzzer := clang-14
fuzz_cc_afl := AFL_QUIET=1 afl-clang-fast
fuzz_compile_libfuzzer := -fsanitize=fuzzer-no-link $(fuzz_clang_only)
fuzz_compile_afl := $(fuzz_clang_only)
fuzz_link_libfuzzer := -fsanitize=fuzzer
fuzz_link_afl := -fsanitize=fuzzer
fuzz_main_replay := tests/fuzz/replay_corpus.c

$(fuzz_random_geometry): force
	mkdir -p $(@D)
	$(PYTHON) tests/fuzz/geometry.py $(GEOMETRY_SEED) $@

# The folder of an object: the programs on the public API have the pools of pools_default.
fuzz_folder = $(if $(filter $(fuzz_pools) $(fuzz_play),$(2)),$(patsubst port_%,pools_default,$(1)),$(1))

# $(1) program, $(2) compiler
define fuzz_rules
$(fuzz_out)/$(2)/$(1)/%.o: %.c $(if $(filter pools_random,$(1)),$(fuzz_random_geometry))
	mkdir -p $$(@D)
	$(fuzz_cc_$(2)) $(fuzz_cflags) $(fuzz_flags_$(1)) $(fuzz_compile_$(2)) \
	  $$(if $$(filter $(fuzz_renaming),$$<),$(fuzz_renamed)) -MMD -MP -c $$< -o $$@
$(fuzz_out)/$(2)/$(1).run: $(foreach source,$(call fuzz_sources,$(1)) $(fuzz_main_$(2)),\
  $(fuzz_out)/$(2)/$(call fuzz_folder,$(1),$(source))/$(source:.c=.o))
	$(fuzz_cc_$(2)) -fsanitize=address,undefined $(fuzz_link_$(2)) $$^ -o $$@
-include $$(wildcard $(fuzz_out)/$(2)/$(1)/*/*.d $(fuzz_out)/$(2)/$(1)/tests/*/*.d)
endef
$(foreach compiler,replay libfuzzer afl,$(foreach program,$(fuzz_programs),\
  $(eval $(call fuzz_rules,$(program),$(compiler)))))

fuzz_images = $(foreach compiler,$(1),$(fuzz_programs:%=$(fuzz_out)/$(compiler)/%.run))
host: $(filter-out %/pools_random.run,$(call fuzz_images,replay))

.PHONY: fuzz-images fuzz torture-fuzz
fuzz-images: $(call fuzz_images,libfuzzer afl replay)

fuzz_run = $(PYTHON) tests/fuzz/fuzz.py --build $(BUILD) --seconds $(1) $(2)
fuzz: setup ## fuzz allocator, config word and traces for SECONDS (default 60), by libFuzzer, then by AFL++
	board/host/setup.sh --optional $(fuzz_packages)
	+$(again) -k fuzz-images
	$(call fuzz_run,$(or $(SECONDS),60))

torture-fuzz: setup ## the same for SECONDS (default 1800)
	board/host/setup.sh --optional $(fuzz_packages)
	+$(again) -k fuzz-images
	$(call fuzz_run,$(or $(SECONDS),1800),--torture)

# ---- on the boards

# One of each architecture, and each C library. tests/fuzz/operations.py runs them.
operations_images := microbit-nano mps2-an386-nano mps2-an386-newlib mps2-an386-picolibc mps2-an505-nano
operations_objects := $(patsubst %.c,$(out)/%.o,$(addprefix tests/fuzz/,model.c operations.c play_pools.c play_port.c)) \
  $(out)/tests/replay/pattern.o
$(operations_objects): CFLAGS += $(if $(filter microbit,$(BOARD)),-DMODEL_BLOCK_COUNT=48)

$(out)/operations.elf: $(operations_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) \
  $(flags_file)
	$(call link_image,)

ifneq ($(filter $(operations_images),$(BOARD)-$(LIBC)$(filter-out none,$(LOCK))),)
images: $(out)/operations.elf
endif

operations_builds := $(addprefix operations-build/,$(operations_images))
.PHONY: $(operations_builds) torture-board-operations
$(operations_builds):
	$(MAKE) --no-print-directory BOARD=$(patsubst %-$(lastword $(subst -, ,$@)),%,$(@F)) \
	  LIBC=$(lastword $(subst -, ,$@)) $(BUILD)/$(@F)/operations.elf
torture-board-operations: setup ## play 10 million operations on a board beside the shadow model
	+$(again) $(operations_builds)
	$(PYTHON) tests/fuzz/operations.py --build $(BUILD) --torture

.PHONY: torture-files
torture-files: setup ## give 6,000 damaged images, maps and traces to the tools that read them
	+$(again) BOARD=mps2-an386 LIBC=nano $(BUILD)/mps2-an386-nano/seed_one.elf
	$(PYTHON) tests/fuzz/files.py --build $(BUILD) --torture
