# SPDX-License-Identifier: MIT
#
# What tests need beside the rest: C++ for newlib and for picolibc, real programs, CMake. They are half a
# gigabyte to fetch, so that only `make test` asks for them; without them what needs them is skipped by name.

.PHONY: setup-cxx
setup-cxx: setup
	board/host/setup.sh --optional libstdc++-arm-none-eabi-newlib libstdc++-arm-none-eabi-picolibc \
	  nlohmann-json3-dev dpkg-dev lua5.4 cmake ninja-build python3-yaml
test: setup-cxx
