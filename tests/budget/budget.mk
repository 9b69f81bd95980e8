# SPDX-License-Identifier: MIT
#
# The budgets of instructions: what the tests tests/target/budget_*.c need beside themselves.

# Their heap lies in scratch memory: RAM goes to that rather than to the linker's arena.
budget_images := $(filter budget_%,$(target_names))
$(call image,$(budget_images)): $(out)/tests/budget/budget.o $(out)/tests/replay/meter.o
