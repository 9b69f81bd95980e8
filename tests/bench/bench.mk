# SPDX-License-Identifier: MIT
#
# What `make bench` needs: the images of the allocators, and the command that compares them.

.PHONY: bench-images
bench-images: $(out)/replay.elf

bench = nice $(PYTHON) tests/bench/bench.py --build $(BUILD) --board $(BOARD) --libc $(LIBC) --jobs $(JOBS) \
  --allocators '$(or $(ALLOCATORS),$(if $(QUICK),ours))'
