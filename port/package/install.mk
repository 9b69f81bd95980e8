# SPDX-License-Identifier: MIT
#
# Installs library, headers, linker fragment and obmalloc.pc for one CPU and one C library. `make install`
# calls it from the repository's folder.
#
# In: PREFIX, CPU (cpu.mk), LIBC (nano, newlib or picolibc), OPT, DESTDIR (put in front of every path that is written, but
#     into none that is written down), BUILD, LOCK and, for basepri, LOCK_BASEPRI, TIER, WATCH (obmalloc.mk: OBMALLOC_LOCK,
#     OBMALLOC_TIER, OBMALLOC_WATCH)
#
#   PREFIX/include/obmalloc/     obmalloc.h, Python.h, and what they include
#   PREFIX/lib/                  libobmalloc.a, obmalloc.ld
#   PREFIX/lib/pkgconfig/        obmalloc.pc
#   PREFIX/lib/cmake/obmalloc/   obmallocConfig.cmake, obmallocConfigVersion.cmake, toolchain.cmake
#   PREFIX/share/obmalloc/rtos/  adapters to compile with a firmware that has an RTOS

here := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(here)/cpu.mk
include $(here)/version.mk

$(obmalloc_check_cpu)
$(if $(filter 1,$(words $(PREFIX))),,$(error PREFIX is '$(PREFIX)'; it must be one folder, without spaces))
$(if $(filter 0 1,$(words $(DESTDIR))),,$(error DESTDIR is '$(DESTDIR)'; it must be one folder, without spaces))

prefix := $(abspath $(PREFIX))
include_folder := $(DESTDIR)$(prefix)/include/obmalloc
lib_folder := $(DESTDIR)$(prefix)/lib
rtos_folder := $(DESTDIR)$(prefix)/share/obmalloc/rtos

OBMALLOC_DIR := .
OBMALLOC_BUILD := $(BUILD)/install/$(CPU)-$(LIBC)$(subst $() ,,$(patsubst %,-%,$(filter-out none,$(LOCK)) \
  $(patsubst %,tier_%,$(filter-out basic,$(TIER))) $(sort $(WATCH))))
OBMALLOC_CPU := $(call obmalloc_cpu_flags,$(CPU))
OBMALLOC_LIBC := $(LIBC)
OBMALLOC_LOCK := $(or $(LOCK),none)
OBMALLOC_LOCK_BASEPRI := $(LOCK_BASEPRI)
OBMALLOC_TIER := $(or $(TIER),basic)
OBMALLOC_WATCH := $(sort $(WATCH))
OBMALLOC_CFLAGS := $(OPT)
OBMALLOC_PYTHON := $(PYTHON)
OBMALLOC_GEOMETRY := $(GEOMETRY)
include port/obmalloc.mk

ifndef V
.SILENT:
endif

# What a program may include, and what these include in turn.
public_headers := $(addprefix port/,obmalloc.h obmalloc_class_statistics.h obmalloc_heap.h obmalloc_ledger.h \
  obmalloc_record.h obmalloc_sites.h obmalloc_tick.h cpython/Python.h)
headers = $(sort $(filter-out port/watch/%,$(filter %.h,$(foreach header,$(public_headers),$(shell \
  $(CC) $(OBMALLOC_ALL_CFLAGS) -x c -MM $(header) | tr -d '\\')))))

pc_file := $(OBMALLOC_BUILD)/obmalloc.pc

# Specs are in Cflags alone, because the compiler takes them once only: a link wants --cflags and --libs.
define pc_text
prefix=$(prefix)
includedir=$${prefix}/include/obmalloc
libdir=$${prefix}/lib
cpu=$(OBMALLOC_CPU)
specs=$(OBMALLOC_SPECS)

Name: obmalloc
Description: Pools for small blocks as a firmware's malloc ($(CPU), $(LIBC))
Version: $(obmalloc_version)
Cflags: $${cpu} $${specs} -I$${includedir}$(patsubst %, %,$(obmalloc_lock_$(OBMALLOC_LOCK)) $(OBMALLOC_TIER_DEFINES))
Libs: -L$${libdir} $(OBMALLOC_LINK_WORDS) -lobmalloc
endef

# The CMake files: what differs from library to library stands between @.
cmake_folder := $(lib_folder)/cmake/obmalloc
cmake_templates := $(here)/cmake/obmallocConfig.cmake $(here)/cmake/obmallocConfigVersion.cmake
multilib := $(shell $(CC) $(OBMALLOC_CPU) -print-multi-directory)
cmake_values := -e 's|@CPU@|$(CPU)|g' -e 's|@CPU_FLAGS@|$(OBMALLOC_CPU)|g' -e 's|@LIBC@|$(LIBC)|g' \
  -e 's|@MULTILIB@|$(multilib)|g' -e 's|@VERSION@|$(obmalloc_version)|g' -e 's|@SPECS@|$(OBMALLOC_SPECS)|g' \
  -e 's|@TIER_DEFINES@|$(strip $(OBMALLOC_TIER_DEFINES))|g' -e 's|@LINK_WORDS@|$(OBMALLOC_LINK_WORDS)|g'

.PHONY: install
install: $(OBMALLOC_LIB)
	install -d $(include_folder) $(lib_folder)/pkgconfig $(cmake_folder) $(rtos_folder)
	install -m 644 port/rtos/*.[ch] $(rtos_folder)
	install -m 644 $(headers) $(include_folder)
	install -m 644 $(OBMALLOC_LIB) linker/obmalloc.ld $(lib_folder)
	$(file >$(pc_file),$(pc_text))
	install -m 644 $(pc_file) $(lib_folder)/pkgconfig
	for file in $(cmake_templates); do sed $(cmake_values) $$file.in > $(cmake_folder)/$${file##*/} || exit 1; done
	sed -e '/^if(obmalloc_cpu_flags/,/^endif()/d' \
	  -e 's|^set(obmalloc_cpu_flags "")|set(obmalloc_cpu_flags "$(OBMALLOC_CPU)")|' $(here)/toolchain.cmake \
	  > $(cmake_folder)/toolchain.cmake
	chmod 644 $(cmake_folder)/*
	echo 'obmalloc for $(CPU) with $(LIBC) is in $(DESTDIR)$(PREFIX)'

.DEFAULT_GOAL := install
