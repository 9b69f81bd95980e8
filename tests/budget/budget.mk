# SPDX-License-Identifier: MIT
#
# Budgets: what the tests tests/target/budget_*.c need beside themselves, the minimal image whose size is
# held to a budget, and the command that prints all of them.

budget_images := $(filter budget_%,$(target_names))
# check_slices holds what has no path of its own in the table.
$(call image,$(budget_images) check_slices): $(out)/tests/budget/budget.o $(out)/tests/replay/meter.o

# tests/host/test_flag_0_cost.py compares flag 0 with the C library as it is installed.
ifneq ($(filter mps2-an386-newlib mps2-an386-picolibc,$(BOARD)-$(LIBC)),)
images: $(BUILD)/mps2-an386-bench/$(LIBC)/replay.elf
endif

# What everything under flag 1 needs of code and RAM is counted on v6-M at -Os.
budget_size := $(BUILD)/size/microbit-nano/plain.elf
# What is code of its own there is tested as it is built there.
budget_size_tests := test_aligned test_double_free test_large test_resize test_scarce test_space test_storm \
  out_of_memory ownership realloc_classes region_whole
budget_size += $(budget_size_tests:%=$(BUILD)/size/microbit-nano/%.elf)
.PHONY: budget-size
budget-size:
	$(MAKE) --no-print-directory BOARD=microbit LIBC=nano OPT=-Os BUILD=$(BUILD)/size $(budget_size)
ifeq ($(BOARD)-$(LIBC)-$(OPT),microbit-nano--O2)
images: budget-size
endif

# One board for each CPU: counts.py names them.
budget_boards := $(shell sed -n 's/^BOARDS = //p' tests/budget/counts.py | tr -d '(),"')
budget_builds := $(addprefix budget-build/,$(budget_boards))
.PHONY: budgets budget-images budget-build $(budget_builds)
budget-images: $(call image,$(budget_images))
$(budget_builds):
	$(MAKE) --no-print-directory BOARD=$(@F) LIBC=nano budget-images
budget-build: $(budget_builds) budget-size
	$(MAKE) --no-print-directory BOARD=mps2-an386 LIBC=nano $(BUILD)/mps2-an386-nano/replay.elf \
	  $(BUILD)/mps2-an386-bench/nano/replay.elf
	$(MAKE) --no-print-directory BOARD=mps2-an386 LIBC=newlib $(BUILD)/mps2-an386-newlib/replay.elf \
	  $(BUILD)/mps2-an386-bench/newlib/replay.elf

budgets: setup ## print what each path takes, beside budget and target (REFRESH=1: make that the budgets)
	+$(again) budget-build
	nice $(PYTHON) tests/budget/budgets.py --build $(BUILD) --jobs $(JOBS) $(if $(REFRESH),--refresh)
