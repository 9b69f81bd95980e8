# SPDX-License-Identifier: MIT
#
# Tells other build systems what obmalloc.mk holds, lest a second list of sources and flags go its own way.
# Prints `NAME=VALUE` lines, the list of files and flags of each as words, and makes the private copy of libc's
# allocator, whose objects it names.
#
# In: as obmalloc.mk, OBMALLOC_DIR and OBMALLOC_BUILD absolute; OBMALLOC_CPU chooses the multilib

here := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
OBMALLOC_DIR := $(abspath $(here)/../..)
include $(OBMALLOC_DIR)/port/obmalloc.mk
include $(here)/version.mk

# The objects' sources, C and assembly; and the flags, without what the caller gives itself.
sources := $(foreach name,$(OBMALLOC_OBJECTS:$(OBMALLOC_BUILD)/%.o=%),$(or $(firstword \
  $(wildcard $(OBMALLOC_DIR)/$(name).c $(OBMALLOC_DIR)/$(name).S)),$(error $(name): it has no source)))
# What the firmware's own files are compiled with, too.
public := $(OBMALLOC_TIER_DEFINES)
given := $(OBMALLOC_CPU) $(OBMALLOC_SPECS) $(OBMALLOC_CFLAGS) $(OBMALLOC_INCLUDES) $(OBMALLOC_DEFINES) -Werror

.PHONY: query
query: $(OBMALLOC_PRIVATE)/members
	@echo 'version=$(obmalloc_version)'
	@echo 'sources=$(sources)'
	@echo 'flags=$(filter-out $(given),$(OBMALLOC_ALL_CFLAGS))'
	@echo 'defines=$(OBMALLOC_DEFINES)'
	@echo 'public=$(public)'
	@echo 'includes=$(patsubst -I%,%,$(filter -I%,$(OBMALLOC_INCLUDES)))'
	@echo 'specs=$(OBMALLOC_SPECS)'
	@echo 'link=$(OBMALLOC_LINK_WORDS)'
	@echo 'linker=$(OBMALLOC_DIR)/linker'
	@echo "private=$$(tr '\n' ' ' < $(OBMALLOC_PRIVATE)/members)"

.DEFAULT_GOAL := query
