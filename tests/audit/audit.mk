# SPDX-License-Identifier: MIT
#
# The audit of a finished firmware: a file if IMAGE names one, else the image of that name.

.PHONY: audit
audit_map := $(if $(MAP),--map $(call quoted,$(MAP)))
audit: ## say whose allocator the ELF file IMAGE has, what is wrong, where its RAM goes (MAP=file.map)
	$(PYTHON) port/host/audit.py $(call quoted,$(strip $(flag_file))) $(audit_map)
