# SPDX-License-Identifier: MIT
#
# What obmalloc.mk says, for the CMake files of this folder.

get_filename_component(obmalloc_package "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
find_program(OBMALLOC_MAKE NAMES gmake make DOC "GNU make")
find_program(OBMALLOC_PYTHON NAMES python3 HINTS /usr/bin DOC "Python 3 with pyelftools")
foreach(tool OBMALLOC_MAKE OBMALLOC_PYTHON)
  if(NOT ${tool})
    message(FATAL_ERROR "obmalloc: ${tool} is not found; it must be a path, of GNU make or of Python 3")
  endif()
endforeach()

# obmalloc_query(CPU LIBC): asks query.mk for a CPU, a list of the compiler's flags, and a C library. Sets
# obmalloc_NAME to a list for each NAME that query.mk prints; obmalloc_private are finished objects. What else
# obmalloc.mk can be told is told where it is set.
set(obmalloc_choices GEOMETRY GUARD_LIBC LIBC_RESERVE LOCK LOCK_BASEPRI TIER WATCH)
macro(obmalloc_query cpu libc)
  string(REPLACE ";" " " obmalloc_cpu_words "${cpu}")
  set(obmalloc_chosen)
  foreach(choice ${obmalloc_choices})
    if(NOT "${OBMALLOC_${choice}}" STREQUAL "")
      string(REPLACE ";" " " obmalloc_value "${OBMALLOC_${choice}}")
      list(APPEND obmalloc_chosen "OBMALLOC_${choice}=${obmalloc_value}")
    endif()
  endforeach()
  # The surrounding make, if any, has nothing to say to this one.
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=MAKELEVEL
      ${OBMALLOC_MAKE} -s --no-print-directory -f ${obmalloc_package}/query.mk
      "OBMALLOC_CPU=${obmalloc_cpu_words}" "OBMALLOC_LIBC=${libc}" "OBMALLOC_CFLAGS= "
      ${obmalloc_chosen}
      "OBMALLOC_BUILD=${CMAKE_CURRENT_BINARY_DIR}/make"
      "OBMALLOC_PYTHON=${OBMALLOC_PYTHON}" "CC=${CMAKE_C_COMPILER}" "AR=${CMAKE_AR}" "OBJCOPY=${CMAKE_OBJCOPY}"
    OUTPUT_VARIABLE obmalloc_answer ERROR_VARIABLE obmalloc_complaint RESULT_VARIABLE obmalloc_status)
  if(NOT obmalloc_status EQUAL 0)
    message(FATAL_ERROR "obmalloc: obmalloc.mk cannot be asked:\n${obmalloc_complaint}")
  endif()
  foreach(name version sources flags defines public includes specs link linker private)
    string(REGEX MATCH "(^|\n)${name}=([^\n]*)" obmalloc_found "${obmalloc_answer}")
    separate_arguments(obmalloc_${name} UNIX_COMMAND "${CMAKE_MATCH_2}")
  endforeach()
  set_source_files_properties(${obmalloc_private} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${obmalloc_package}/query.mk
    ${obmalloc_package}/../obmalloc.mk ${obmalloc_package}/../host/private_libc.py)
endmacro()
