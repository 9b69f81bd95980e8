# SPDX-License-Identifier: MIT
#
# CMake's toolchain file for Arm's bare-metal GCC: cmake -DCMAKE_TOOLCHAIN_FILE=.../toolchain.cmake
# -DOBMALLOC_CPU=cortex-m4. The CPUs' names are those of cpu.mk. The copy that `make install` puts beside
# obmallocConfig.cmake has the CPU of its library.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
# A program would need a linker script to be tried out with.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

set(obmalloc_cpu_flags "")
if(obmalloc_cpu_flags STREQUAL "")
  # CMake reads this file again for each language that it tries out.
  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES OBMALLOC_CPU)
  find_program(OBMALLOC_MAKE NAMES gmake make DOC "GNU make")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MAKELEVEL
      ${OBMALLOC_MAKE} -s -f ${CMAKE_CURRENT_LIST_DIR}/cpu_flags.mk "CPU=${OBMALLOC_CPU}"
    OUTPUT_VARIABLE obmalloc_cpu_flags ERROR_VARIABLE obmalloc_complaint OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(obmalloc_cpu_flags STREQUAL "")
    string(REGEX MATCH "CPU is [^\n]*" obmalloc_complaint "${obmalloc_complaint}")
    message(FATAL_ERROR "obmalloc: OBMALLOC_${obmalloc_complaint}")
  endif()
endif()
foreach(language C CXX ASM)
  set(CMAKE_${language}_FLAGS_INIT "${obmalloc_cpu_flags}")
endforeach()
