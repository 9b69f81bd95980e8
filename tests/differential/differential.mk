# SPDX-License-Identifier: MIT
#
# Our malloc and its kin for this computer, as a library that tests/host/test_cpython_differential.py loads
# into CPython.

differential_out := $(BUILD)/host/differential
differential_sources := $(filter-out %_thumb2.S,$(wildcard pools/*.c)) port/entry.c port/route.c port/route_block.c \
  port/serve.c $(wildcard tests/differential/*.c)
differential_cflags := -std=gnu11 -O1 -g $(warnings) -fno-builtin -fPIC -DOBMALLOC_ENTRY_IN_C \
  -Itests/differential/stand_in -Ipools -Iport
# The entry points would replace those of the Python that loads them.
differential_renamed := malloc calloc realloc free memalign aligned_alloc posix_memalign malloc_usable_size

$(differential_out)/%.o: %.c
	mkdir -p $(@D)
	$(HOST_CC) $(differential_cflags) $(if $(filter port/entry.c,$<),\
	  $(foreach name,$(differential_renamed),-D$(name)=ours_$(name))) -MMD -MP -c $< -o $@

$(differential_out)/sequences.so: $(patsubst %.c,$(differential_out)/%.o,$(differential_sources))
	$(HOST_CC) -shared -Wl,-Bsymbolic $^ -o $@

host: $(differential_out)/sequences.so
-include $(wildcard $(differential_out)/*/*.d $(differential_out)/tests/*/*.d)
