# SPDX-License-Identifier: MIT
#
# Programs that allocate before main and print the ledger of it; tests/host/test_ledger.py runs them.
# foreign_* are the same with a reset handler that does not say where main begins.

CXX := $(patsubst %gcc,%g++,$(CC))
ledger_names := $(call fits,ledger_c ledger_cxx foreign_c foreign_cxx)
images: $(call image,$(ledger_names))
image_names += $(ledger_names)

$(out)/%.o: %.cpp $(flags_file)
	mkdir -p $(@D)
	$(CXX) $(filter-out -std=% -Wstrict-prototypes -Wmissing-prototypes,$(CFLAGS)) -std=gnu++17 \
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
