# SPDX-License-Identifier: MIT
#
# Programs whose n-th request for memory fails, for every n. oom_lua.elf and oom_json.elf are the real firmwares of tests/apps,
# with the reserve of port/libc_reserve.c; oom_lua_bare.elf is without.

oom_reserve := $(if $(filter picolibc,$(LIBC)),$(out)/tests/oom/no_reserve.o,$(out)/tests/oom/libc_reserve.o)
oom_objects := $(addprefix $(out)/tests/oom/,again.o failing.o live.o null_guard.o plan.o)
oom_wrap := $(addprefix -Wl$(comma)--wrap=,board_console_puts board_console_write board_exit board_file_open obmalloc_misuse \
  malloc calloc realloc memalign aligned_alloc posix_memalign free \
  obmalloc_heap_malloc obmalloc_heap_calloc obmalloc_heap_memalign obmalloc_heap_realloc obmalloc_heap_free \
  $(if $(filter picolibc,$(LIBC)),,_malloc_r _calloc_r _realloc_r _memalign_r _valloc_r _pvalloc_r _free_r))
oom_bare := $(addprefix -Wl$(comma)--defsym=,__wrap__malloc_r=failing__malloc_r __wrap__calloc_r=failing__calloc_r)
oom_pad := $(out)/tests/oom/vectors_pad.o
oom_depends := $(oom_objects) $(board_objects) $(oom_pad) $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)

# The reserve in front of what lets requests fail, which is in front of the allocator.
$(out)/tests/oom/libc_reserve.o: port/libc_reserve.c tests/oom/oom.mk $(flags_file)
	mkdir -p $(@D)
	$(CC) $(OBMALLOC_ALL_CFLAGS) -D__real__malloc_r=failing__malloc_r -D__real__calloc_r=failing__calloc_r \
	  -Dobmalloc_heap_calloc=__real_obmalloc_heap_calloc -MMD -MP -c $< -o $@

define oom_app_rules
$(out)/oom_$(1).elf: $($(1)_all_objects) $(out)/tests/oom/app.o $(out)/tests/replay/report.o $(oom_reserve) $(oom_depends)
	$$(call link_app_$(1),$$(app_stack) $$(oom_wrap) $$(app_link_$(1)))
$(out)/oom_$(1)_bare.elf: $($(1)_all_objects) $(out)/tests/oom/app.o $(out)/tests/oom/no_reserve.o $(out)/tests/replay/report.o \
  $(oom_depends)
	$$(call link_app_$(1),$$(app_stack) $$(oom_wrap) $$(oom_bare) $$(app_link_$(1)))
endef
$(foreach app,$(apps),$(eval $(call oom_app_rules,$(app))))

# Programs of their own, each for one kind of use. C++'s wants the library that json wants.
oom_programs := contents family libc python trace
oom_objects_trace := $(filter-out %/replay.o,$(replay_objects))
define oom_program_rule
$(out)/oom_$(1).elf: $(out)/tests/oom/programs/$(1).o $(out)/tests/oom/programs/program.o $$(oom_objects_$(1)) $(oom_reserve) $(oom_depends)
	$$(call link_image,$$(oom_wrap) $$(oom_printf))
endef
$(foreach program,$(oom_programs),$(eval $(call oom_program_rule,$(program))))

$(out)/tests/oom/%.o: tests/oom/%.cc $(flags_file)
	mkdir -p $(@D)
	$(CXX) $(filter-out -std=% $(warnings),$(CFLAGS)) -std=gnu++17 $(cxx_warnings) -Wno-psabi -fexceptions -MMD -MP -c $< -o $@
$(out)/oom_cxx.elf: $(out)/tests/oom/programs/cxx.o $(out)/tests/oom/programs/program.o $(oom_reserve) $(oom_depends)
	$(call link_app_json,$(oom_wrap))

# The images of other folders, with cases.c in place of the harness's main; tests/oom/images.py says which. On a small
# board without the reserve, which does not fit.
oom_case_objects := $(addprefix $(out)/tests/oom/,again.o cases.o cases_live.o failing.o null_guard.o plan.o)
oom_case_reserve := $(if $(filter microbit,$(BOARD)),$(out)/tests/oom/no_reserve.o,$(oom_reserve))
oom_case_wrap := $(oom_wrap) -Wl$(comma)--wrap=budget_hold $(if $(filter microbit,$(BOARD)),$(oom_bare))
oom_ram_kib := $(shell sed -n 's/^__ram_bytes = \([0-9]*\)K;$$/\1/p' linker/$(BOARD).ld)
$(out)/tests/oom/cases_live.o: CFLAGS += -DCASES_RAM_BYTES=$(oom_ram_kib)*1024
oom_case_names := $(target_names) $(conformance_names) serial overflow
oom_case_folder = $(if $(filter serial overflow,$(1)),cpython,$(if $(filter $(conformance_names),$(1)),conformance,target))
# Programs with a main of their own.
oom_mains := seed_one seed_zero overflow
oom_case_link_overflow := -Wl$(comma)-u$(comma)_PyMem_SetupAllocators
oom_case_depends := $(oom_case_reserve) $(board_objects) $(oom_pad) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
define oom_case_rule
$(out)/oom_case_$(1).elf: $(out)/tests/$(2)/$(1).o $(if $(filter $(1),$(oom_mains)),$(oom_objects),$(oom_case_objects)) \
  $(oom_case_depends)
	$$(call link_image,$$(oom_case_wrap) $$(oom_case_link_$(1)) $$(call link_words,tests/$(2)/$(1).c))
endef
$(foreach name,$(oom_case_names),$(eval $(call oom_case_rule,$(name),$(call oom_case_folder,$(name)))))
$(call image,$(addprefix oom_case_,$(budget_images) check_slices)): $(out)/tests/budget/budget.o $(out)/tests/replay/meter.o
$(out)/oom_case_serial.elf: $(cpython_serial)
# On the board of oom_board a sample also with these, for what is about the library; images.py reads the two lines.
oom_case_sample_newlib := heaps libc_reserve out_of_memory ownership ownership_float whole_family
oom_case_sample_picolibc := heaps out_of_memory ownership ownership_picolibc whole_family
.PHONY: oom-case-images
oom-case-images: $(call image,$(addprefix oom_case_,$(if $(filter nano,$(LIBC)),$(oom_case_names),$(oom_case_sample_$(LIBC)))))

# The unit tests, with units.c in place of the harness's main, in front of the pools.
oom_unit_objects := $(addprefix $(out)/tests/oom/,null_guard.o plan.o unit_pools.o units.o) $(oom_pad)
$(out)/tests/oom/unit/%.o: tests/unit/%.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -include oom/unit_pools.h -MMD -MP -c $< -o $@
oom_unit_wrap := -Wl$(comma)--wrap=board_exit -Wl$(comma)--wrap=test_note
define oom_unit_rule
$(out)/oom_$(1).elf: $(out)/tests/oom/unit/$(1).o $(board_objects) $(oom_unit_objects) $(harness_library) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file)
	$$(call link_image,$$(oom_unit_wrap) $$(call link_words,tests/unit/$(1).c))
endef
$(foreach name,$(unit_names),$(eval $(call oom_unit_rule,$(name))))
.PHONY: oom-unit-images
# test_assembly takes the sources themselves under other names.
oom-unit-images: $(call image,$(filter-out oom_test_assembly,$(unit_names:%=oom_%)))

# picolibc's printf is one of single precision unless it is told.
oom_printf := $(if $(filter picolibc,$(LIBC)),-Wl$(comma)--defsym=vfprintf=__d_vfprintf -Wl$(comma)--defsym=vfscanf=__d_vfscanf,\
  -u _printf_float -u _scanf_float)
-include $(wildcard $(out)/tests/oom/*.d $(out)/tests/oom/programs/*.d)

# For `make test`, on one board; what the firmwares need may be missing, see app-images.
oom_board := mps2-an386
oom_case_tested := heaps misc_interpreter_config out_of_memory overflow serial whole_family
ifeq ($(BOARD),$(oom_board))
images: $(call image,$(if $(filter nano,$(LIBC)),$(addprefix oom_,$(oom_programs)) $(oom_case_tested:%=oom_case_%),oom_libc))
endif
.PHONY: oom-images-lua oom-images-json
oom-images-lua: $(if $(filter nano,$(LIBC)),$(call image,oom_lua oom_lua_bare))
oom-images-json: $(if $(filter nano,$(LIBC)),$(call image,oom_json oom_cxx))

# The long form: all libraries, both flags, all modes, every n.
oom_builds := $(addprefix oom-build/$(oom_board)/,newlib nano picolibc) oom-build/microbit/nano
.PHONY: $(oom_builds) oom-all-images torture-oom
oom-all-images: $(call image,$(addprefix oom_,$(oom_programs)) $(if $(filter $(LIBC),$(app_libcs)),oom_lua oom_json oom_cxx))
$(oom_builds): oom-build/%:
	$(if $(filter $(@F),$(app_libcs)),$(if $(filter $(oom_board)/%,$*),$(foreach app,$(apps),$(MAKE) --no-print-directory \
	  BOARD=$(oom_board) LIBC=$(@F) APP=$(app) app-needs;)))
	$(MAKE) --no-print-directory BOARD=$(patsubst %/,%,$(dir $*)) LIBC=$(@F) oom-case-images $(if $(filter nano,$(@F)),oom-unit-images) \
	  $(if $(filter $(oom_board)/%,$*),oom-all-images)
torture-oom: setup ## let the n-th request for memory fail, once, from there on, and with memory really full, for every n
	+$(again) $(oom_builds)
	$(PYTHON) tests/oom/torture.py --build $(BUILD)
