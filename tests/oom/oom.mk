# SPDX-License-Identifier: MIT
#
# Programs whose n-th request for memory fails, for every n: the real firmwares of tests/apps.

oom_objects := $(addprefix $(out)/tests/oom/,again.o failing.o live.o null_guard.o plan.o)
oom_wrap := $(addprefix -Wl$(comma)--wrap=,board_console_write board_exit board_file_open \
  malloc calloc realloc memalign aligned_alloc posix_memalign free \
  $(if $(filter picolibc,$(LIBC)),,_malloc_r _calloc_r _realloc_r _memalign_r _free_r))
oom_depends := $(oom_objects) $(board_objects) $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)

define oom_app_rules
$(out)/oom_$(1).elf: $($(1)_all_objects) $(out)/tests/oom/app.o $(out)/tests/replay/report.o $(oom_depends)
	$$(call link_app_$(1),$$(app_stack) $$(oom_wrap) $$(app_link_$(1)))
endef
$(foreach app,$(apps),$(eval $(call oom_app_rules,$(app))))
