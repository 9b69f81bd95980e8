# SPDX-License-Identifier: MIT
#
# The proofs of pools/ (README.md here). tests/host/test_proof.py proves a few of them in `make test`.

proof_packages := frama-c-base why3 z3 cvc4
prove := $(PYTHON) tests/proof/prove.py --build $(BUILD)/proof --jobs $(JOBS)

.PHONY: prove torture-proof
prove: setup ## prove sizes, addresses, map and lists of pools/ with Frama-C; print goals and what is left
	board/host/setup.sh --optional $(proof_packages)
	$(prove) $(addprefix --only ,$(FUNCTIONS))

torture-proof: setup ## the same, ending with a line of JSON for torture
	board/host/setup.sh --optional $(proof_packages)
	$(prove) --json
