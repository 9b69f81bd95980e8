# SPDX-License-Identifier: MIT
#
# Real programs as firmware: `make run APP=lua SCRIPT=file`, `make run APP=json DOCUMENT=file`. NAME.elf is the
# program, NAME_metered.elf the same with a meter between it and the allocator's entry points.
#
# What they need beside this repository may be missing: Lua's source is brought by apt-get, nlohmann-json and
# the C++ library are packages. `make test` then skips them by name.

apps := lua json
# They want a few hundred KiB of RAM and flash.
app_boards := mps2-an386 mps2-an500 mps2-an505 mps3-an547
# picolibc's C++ library and its system calls are others.
app_libcs := nano newlib
APP ?=
SCRIPT ?=
DOCUMENT ?= tests/apps/json/documents/orders.json
CXX := arm-none-eabi-g++
app_build := $(BUILD)/apps

app_objects := $(out)/tests/apps/app.o $(out)/tests/apps/count.o $(out)/tests/replay/report.o
app_meter_objects := $(out)/tests/apps/call_meter.o $(out)/tests/replay/meter.o
app_wrap := -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=free
# Interpreter and parser recurse.
app_stack := $(if $(filter __stack_reserve_bytes=%,$(DEFSYM)),,-Wl$(comma)--defsym=__stack_reserve_bytes=96K)
app_depends := $(app_objects) $(app_meter_objects) $(board_objects) $(OBMALLOC_LIB)

# ---- Lua

lua_names := lapi lauxlib lbaselib lcode lcorolib lctype ldblib ldebug ldo ldump lfunc lgc linit liolib llex \
  lmathlib lmem loadlib lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm lundump \
  lutf8lib lvm lzio
lua_folder := $(app_build)/lua
lua_objects := $(lua_names:%=$(out)/apps/lua/%.o)
# LUA_USE_C89: newlib-nano's printf knows no long long, so that integers are of 32 bits, as Lua has it for
# such libraries; floats stay double. The seed would be an address and a time, and the order of pairs() with it.
# LUAI_MAXCCALLS is what the stack holds.
lua_defines := -DLUA_USE_C89 -DLUAI_MAXCCALLS=60 '-Dluai_makeseed(state)=0x5EED'

# Debian's rules write this header, with which its luaconf.h makes the default of package.cpath.
$(lua_folder)/fetched: tests/apps/debian_source.py
	$(PYTHON) $< lua5.4 $(lua_folder)
	echo '#define DEB_HOST_MULTIARCH "arm-none-eabi"' > $(lua_folder)/source/src/lua5.4-deb-multiarch.h
	touch $@

$(out)/apps/lua/%.o: $(lua_folder)/fetched $(flags_file) tests/apps/apps.mk
	mkdir -p $(@D)
	$(CC) $(filter-out $(warnings) -fno-builtin,$(CFLAGS)) $(lua_defines) -c $(lua_folder)/source/src/$*.c -o $@

$(out)/tests/apps/lua/main.o: $(lua_folder)/fetched
$(out)/tests/apps/lua/main.o: CFLAGS += -isystem $(lua_folder)/source/src -DLUA_USE_C89

lua_all_objects := $(out)/tests/apps/lua/main.o $(out)/tests/apps/lua/no_system.o $(lua_objects)
app_link_lua := -u _printf_float

# ---- JSON for Modern C++

json_header := /usr/include/nlohmann/json.hpp
json_all_objects := $(out)/tests/apps/json/main.o
cxx_warnings := $(filter-out -Wstrict-prototypes -Wmissing-prototypes,$(warnings))

# A folder of its own, because the PC's other headers are no headers for the board.
$(app_build)/json/include/nlohmann:
	mkdir -p $(@D)
	test -e $(json_header) || { echo '$(json_header) is missing; Debian: nlohmann-json3-dev' >&2; exit 1; }
	ln -sfn /usr/include/nlohmann $@

$(out)/tests/apps/json/%.o: tests/apps/json/%.cc $(flags_file) | $(app_build)/json/include/nlohmann
	mkdir -p $(@D)
	$(CXX) $(filter-out -std=% $(warnings),$(CFLAGS)) -std=gnu++17 $(cxx_warnings) -Wno-psabi -fexceptions \
	  -isystem $(app_build)/json/include -MMD -MP -c $< -o $@

# ---- images

link_app_lua = $(subst -Wl$(comma)--end-group,-lm -Wl$(comma)--end-group,$(call link_image,$(1)))
# libstdc++_nano, which nano.specs chooses, is built without exceptions: its operator new aborts, and no throw leaves
# it. The full one goes with newlib-nano as well, where it stands in front.
json_libstdcxx = $(shell $(CXX) $(BOARD_CPU) -print-file-name=libstdc++.a)
link_app_json = $(subst -Wl$(comma)--end-group,-Wl$(comma)--end-group $(json_libstdcxx),\
  $(subst $(CC),$(CXX),$(call link_image,$(1))))

define app_rules
$(out)/$(1).elf: $($(1)_all_objects) $(app_objects) $(board_objects) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file) tests/apps/apps.mk
	$$(call link_app_$(1),$$(app_stack) $$(app_link_$(1)))
$(out)/$(1)_metered.elf: $($(1)_all_objects) $(app_objects) $(app_meter_objects) $(board_objects) $(OBMALLOC_LIB) \
  $(linker_scripts) $(flags_file) tests/apps/apps.mk
	$$(call link_app_$(1),$$(app_stack) $$(app_wrap) $$(app_link_$(1)))
-include $(wildcard $(out)/tests/apps/$(1)/*.d)
endef
$(foreach app,$(apps),$(eval $(call app_rules,$(app))))

# For the tests, on one board: an app is built where what it needs is there, else the reason is left for the test. Not a part
# of `images`: a bare make fetches nothing. What other images need as well has to stand before, lest two makes build it.
app_test_board := mps2-an386
.PHONY: app-images
app-images: | $(app_depends)
	mkdir -p $(app_build)
	for app in $(apps); do \
	  $(MAKE) --no-print-directory BOARD=$(BOARD) LIBC=$(LIBC) APP=$$app app-needs 2>$(out)/$$app.missing || continue; \
	  rm -f $(out)/$$app.missing; \
	  $(MAKE) --no-print-directory BOARD=$(BOARD) LIBC=$(LIBC) $(out)/$$app.elf $(out)/$${app}_metered.elf \
	    oom-images-$$app || exit 1; \
	done

# Fails, with a sentence, iff something is missing that APP needs.
.PHONY: app-needs
app_needs_lua := $(lua_folder)/fetched
app_needs_json := $(app_build)/json/include/nlohmann
app-needs: $(app_needs_$(APP))
	$(if $(filter json,$(APP)),echo '#include <string>' | $(CXX) $(BOARD_CPU) $(OBMALLOC_SPECS) -x c++ -E - >/dev/null 2>&1 || \
	  { echo 'the C++ library for $(BOARD) is missing; Debian: libstdc++-arm-none-eabi-newlib' >&2; exit 1; })

# ---- make run APP=...

app_run_images := $(out)/$(APP).elf $(out)/$(APP)_metered.elf
app_input := $(if $(filter lua,$(APP)),$(SCRIPT),$(DOCUMENT))
check_app = $(call one_of,APP,$(apps))$(if $(filter $(BOARD),$(app_boards)),,\
  $(error APP=$(APP) runs on $(app_boards); BOARD is '$(BOARD)'))$(if $(filter $(LIBC),$(app_libcs)),,\
  $(error APP=$(APP) runs with LIBC $(app_libcs); LIBC is '$(LIBC)'))$(if $(app_input),,\
  $(error SCRIPT is not set; it must be a file, e.g. tests/apps/lua/scripts/closures.lua))
run_app = $(PYTHON) tests/apps/run_app.py --app $(APP) --board $(BOARD) --images $(out) --libc-name $(LIBC) \
  --flag $(or $(USE_MAIN_OBMALLOC),both) $(call quoted,$(app_input))
