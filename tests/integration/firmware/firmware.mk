# SPDX-License-Identifier: MIT
# The makefile of a firmware that its author wrote before knowing of this repository. The test
# replaces MAKE_LINES by the README's.
CFLAGS := -mcpu=cortex-m3 -mthumb -Os -Wall -Wextra -Werror --specs=nano.specs
LDFLAGS := -nostartfiles -Wl,--gc-sections
objects := startup.o main.o $(MORE)

MAKE_LINES

firmware.elf: $(objects) firmware.ld
	$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) -T firmware.ld -o $@
