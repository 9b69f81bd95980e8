# SPDX-License-Identifier: MIT
#
# Prints the compiler's flags for a CPU, for those who are no makefile: make -s -f cpu_flags.mk CPU=cortex-m4
include $(dir $(lastword $(MAKEFILE_LIST)))cpu.mk
$(obmalloc_check_cpu)

.PHONY: show
show:
	@echo '$(call obmalloc_cpu_flags,$(CPU))'
