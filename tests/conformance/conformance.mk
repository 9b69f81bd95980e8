# SPDX-License-Identifier: MIT
#
# CPython's own cases, as programs for the boards: `make test ONLY=conformance`.

conformance_names := $(call fits,$(patsubst tests/conformance/%.c,%,$(wildcard tests/conformance/*.c)))
$(foreach file,$(wildcard tests/conformance/*.c),$(eval $(call image_rule,$(file))))

# They are about the API in front of the allocator; tests/target has the C libraries behind it.
ifeq ($(LIBC),nano)
images: $(call image,$(conformance_names))
endif
