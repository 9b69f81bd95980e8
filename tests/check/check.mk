# SPDX-License-Identifier: MIT
#
# Static analysis (README.md here). tests/host/test_check.py looks at pools/ in `make test`.

.PHONY: check
check: setup ## static analysis: gcc -fanalyzer, clang-tidy, cppcheck with MISRA; fails iff something is found
	board/host/setup.sh --optional clang-tidy cppcheck
	$(PYTHON) tests/check/check.py --build $(BUILD)/check --jobs $(JOBS)
