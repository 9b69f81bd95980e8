# SPDX-License-Identifier: MIT
#
# Programs that allocate before main and print the ledger of it; tests/host/test_ledger.py runs them.
# foreign_* are the same with a reset handler that does not say where main begins.

CXX := $(patsubst %gcc,%g++,$(CC))
ledger_names := $(call fits,ledger_c ledger_cxx foreign_c foreign_cxx)
images: $(call image,$(ledger_names))

# -Wshadow of C++ minds a function and a struct of one name, which obmalloc.h has.
$(out)/%.o: %.cpp $(flags_file)
	mkdir -p $(@D)
	$(CXX) $(filter-out -std=% -Wshadow -Wstrict-prototypes -Wmissing-prototypes,$(CFLAGS)) -std=gnu++17 \
	  -MMD -MP -c $< -o $@

$(out)/tests/ledger/startup.o: board/startup.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -Dobmalloc_main_begins=nobody_is_told -MMD -MP -c $< -o $@

ledger_parts := $(out)/tests/ledger/report.o $(filter-out %/startup.o,$(board_objects)) \
  $(harness_library) $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
$(out)/ledger_%.elf: $(out)/tests/ledger/ledger_%.o $(out)/board/startup.o $(ledger_parts)
	$(patsubst %gcc,%g++,$(firstword $(link_image))) $(wordlist 2,999,$(call link_image,))
$(out)/foreign_%.elf: $(out)/tests/ledger/ledger_%.o $(out)/tests/ledger/startup.o $(ledger_parts)
	$(patsubst %gcc,%g++,$(firstword $(link_image))) $(wordlist 2,999,\
	  $(call link_image,-Wl$(comma)--defsym=nobody_is_told=_fini))

.SECONDARY: $(addprefix $(out)/tests/ledger/,ledger_c.o ledger_cxx.o report.o startup.o)

.PHONY: ledger
ledger_image := $(if $(filter replay,$(IMAGE)),ledger_c,$(IMAGE))
ledger: setup ## print what IMAGE (ledger_c, ledger_cxx) allocated before main, by caller and allocator
	$(call one_of,ledger_image,$(ledger_names))
	+$(again) $(out)/$(ledger_image).elf
	$(PYTHON) board/host/qemu.py --board $(BOARD) $(out)/$(ledger_image).elf $(flag_word) | \
	  $(PYTHON) port/host/callers.py $(out)/$(ledger_image).elf | grep -v '^check'
