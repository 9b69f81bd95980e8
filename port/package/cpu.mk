# SPDX-License-Identifier: MIT
#
# The compiler's flags for each CPU, by the names that `make install CPU=...` takes. An f behind the name
# means that floating point is passed in the FPU's registers (-mfloat-abi=hard) with single precision, a d
# with double precision. A firmware must be compiled with the same float ABI as the library.
obmalloc_cpus := cortex-m0 cortex-m0plus cortex-m3 cortex-m4 cortex-m4f cortex-m7 cortex-m7f cortex-m7d \
  cortex-m23 cortex-m33 cortex-m33f cortex-m55 cortex-m55f

obmalloc_cpu_flags_soft = -mcpu=$(1) -mthumb -mfloat-abi=soft
obmalloc_cpu_flags_hard = -mcpu=$(1) -mthumb -mfloat-abi=hard -mfpu=$(2)

obmalloc_cpu_flags_cortex-m4f := $(call obmalloc_cpu_flags_hard,cortex-m4,fpv4-sp-d16)
obmalloc_cpu_flags_cortex-m7f := $(call obmalloc_cpu_flags_hard,cortex-m7,fpv5-sp-d16)
obmalloc_cpu_flags_cortex-m7d := $(call obmalloc_cpu_flags_hard,cortex-m7,fpv5-d16)
obmalloc_cpu_flags_cortex-m33f := $(call obmalloc_cpu_flags_hard,cortex-m33,fpv5-sp-d16)
# The M55's FPU has double precision and comes with the vector extension: the CPU's name says all.
obmalloc_cpu_flags_cortex-m55f := -mcpu=cortex-m55 -mthumb -mfloat-abi=hard

obmalloc_cpu_flags = $(or $(obmalloc_cpu_flags_$(1)),$(call obmalloc_cpu_flags_soft,$(1)))

# Stops unless CPU is one of these names.
obmalloc_check_cpu = $(if $(filter 1,$(words $(CPU))),$(if $(filter $(subst %,,$(CPU)),$(obmalloc_cpus)),,\
  $(obmalloc_no_cpu)),$(obmalloc_no_cpu))
obmalloc_no_cpu = $(error CPU is '$(CPU)'; it must be one of: $(obmalloc_cpus))
