# SPDX-License-Identifier: MIT
#
# The long forms, one after another: every target torture-* of the Makefile and of tests/*/*.mk. Each ends with a line
# that torture.py describes.

# ONLY names parts, for none of which it is meant.
.PHONY: torture
torture: setup ## run all that is called torture-*, and print what was tried and lost (ONLY='fuzz soak': these parts)
	$(PYTHON) tests/torture/torture.py --make '$(MAKE) --no-print-directory ONLY=' $(if $(ONLY),--only $(ONLY))
