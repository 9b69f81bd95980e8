# SPDX-License-Identifier: MIT
#
# The list of misuses: misuse.elf with the port, in the tier of this build; $(bench_out)/LIBC/misuse.elf with a C
# library alone. And the unit tests of pools/ with encoded links, on the PC.

misuse_parts := $(addprefix $(out)/tests/misuse/,misuse.o cases.o second_heap.o tellings.o explain.o)
$(out)/misuse.elf: $(misuse_parts) $(board_objects) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$(call link_image,-Wl$(comma)--defsym=__obmalloc_arena_size=0)

bench_misuse_sources := $(addprefix tests/misuse/,misuse.c cases.c stock.c) tests/bench/stock.c
define misuse_stock_rule
$(bench_out)/$(1)/misuse.elf: $(call bench_objects,$(1),$(bench_misuse_sources)) $(linker_scripts)
	$(CC) $(bench_ldflags) $(bench_specs_$(1)) $$(filter %.o,$$^) -Wl,-Map=$$(@:.elf=.map) -T linker/$(BOARD).ld -o $$@
-include $(patsubst %.o,%.d,$(call bench_objects,$(1),$(bench_misuse_sources)))
endef
$(foreach peer,$(bench_peers),$(eval $(call misuse_stock_rule,$(peer))))

# ---- builds: a board in a tier

misuse_boards := mps2-an386 microbit lm3s6965evb mps2-an500 mps2-an505 mps3-an547
# `make test` holds these to the promises.
misuse_short_boards := mps2-an386 microbit
# ARMv6-M has no MPU.
misuse_tiers = $(if $(filter microbit,$(1)),none basic full paranoid,none basic full paranoid trap)
misuse_builds = $(foreach board,$(1),$(addprefix misuse-build/$(board)/,$(call misuse_tiers,$(board))))
misuse_stock := $(foreach peer,$(bench_peers),misuse-stock/$(peer))

.PHONY: misuse torture-misuse misuse-image $(call misuse_builds,$(misuse_boards)) $(misuse_stock)
misuse-image: $(out)/misuse.elf $(if $(filter mps2-an386,$(BOARD)),tiers-image)
$(call misuse_builds,$(misuse_boards)):
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=nano LOCK=none TIER=$(@F) misuse-image
$(misuse_stock):
	$(MAKE) --no-print-directory BOARD=mps2-an386 LIBC=nano LOCK=none TIER=basic $(BUILD)/mps2-an386-bench/$(@F)/misuse.elf

misuse_matrix = nice $(PYTHON) tests/misuse/matrix.py --build $(BUILD) --jobs $(JOBS)

.PHONY: misuse-needs torture-misuse-needs
misuse-needs: $(call misuse_builds,$(BOARD)) $(misuse_stock)
torture-misuse-needs: $(call misuse_builds,$(misuse_boards)) $(misuse_stock)

misuse: setup ## do every misuse in every tier, and in the C libraries alone, and print what came of it
	+$(again) misuse-needs
	$(misuse_matrix) --boards $(BOARD)

torture-misuse: setup ## the same on six boards, held to what is promised; ends with a line of JSON
	+$(again) torture-misuse-needs
	$(misuse_matrix) --boards $(misuse_boards) --json

test-build-later: $(call misuse_builds,$(if $(test_board_named),$(filter $(BOARD),$(misuse_short_boards)),$(misuse_short_boards)))

# ---- what the tiers cost

tiers_builds := $(addprefix tiers-build/,none basic full paranoid trap)
.PHONY: tiers tiers-image tiers-needs $(tiers_builds)
tiers-image: $(out)/replay.elf $(out)/plain.elf
$(tiers_builds):
	$(MAKE) --no-print-directory BOARD=mps2-an386 LIBC=nano LOCK=none TIER=$(@F) tiers-image
tiers-needs: $(tiers_builds)

tiers: setup ## what each tier costs, held to its budget (REFRESH=1: make that the budgets)
	+$(again) tiers-needs
	nice $(PYTHON) tests/misuse/prices.py --build $(BUILD) $(if $(REFRESH),--refresh)

# ---- pools with encoded links, on the PC

# tests/runner/jobs.py reads the next line: of tests/misuse/unit and tests/unit.
misuse_host_tests := test_links test_links_edges test_seal test_astray test_largest_request test_double_free test_scarce test_storm
misuse_links_out := $(BUILD)/host/tests/misuse/links
misuse_links_cflags = $(host_cflags) -DPOOLS_IN_C -DPOOLS_LINKS_ENCODED
misuse_links_objects := $(patsubst %.c,$(misuse_links_out)/%.o,$(wildcard pools/*.c tests/harness/host_*.c))

$(misuse_links_out)/%.o: %.c
	mkdir -p $(@D)
	$(HOST_CC) $(misuse_links_cflags) -MMD -MP -c $< -o $@

define misuse_links_rule
$(misuse_links_out)/$(1): $(misuse_links_out)/$(2:.c=.o) $(misuse_links_objects)
	$$(HOST_CC) -fsanitize=address,undefined $$^ -lcmocka -o $$@
endef
$(foreach name,$(misuse_host_tests),$(eval $(call misuse_links_rule,$(name),$(firstword \
  $(wildcard tests/misuse/unit/$(name).c tests/unit/$(name).c)))))
-include $(wildcard $(misuse_links_out)/pools/*.d $(misuse_links_out)/tests/*/*.d $(misuse_links_out)/tests/misuse/unit/*.d)

.PHONY: misuse-links
misuse-links: $(addprefix $(misuse_links_out)/,$(misuse_host_tests))
host: misuse-links
