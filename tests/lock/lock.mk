# SPDX-License-Identifier: MIT
#
# The tests of the lock policies: each image of this folder in builds of its own, whose library has the policy.
# LIBC-LOCK, or LIBC-LOCK-TIER: then those tests alone that say so (// test-tiers: TIER ...).
# tests/runner/jobs.py reads the next lines.
lock_builds_microbit := nano-primask nano-hooks
lock_builds_mps2-an386 := nano-primask nano-basepri nano-hooks newlib-primask picolibc-primask nano-primask-full nano-primask-paranoid
lock_builds_mps2-an505 := nano-primask nano-basepri nano-hooks

lock_names := $(patsubst tests/lock/%.c,%,$(wildcard tests/lock/test_*.c) tests/lock/every.c)
# What each image needs besides. The budget's objects open the heap anew.
lock_storm := actor.o interrupts.o mutex.o scheduler.o storm.o
lock_objects_test_lock_storm := $(addprefix $(out)/tests/lock/,$(lock_storm))
lock_objects_test_lock_cmsis_rtos2 := $(addprefix $(out)/tests/lock/,$(lock_storm) refused.o rtos/cmsis_rtos2.o)
lock_objects_test_lock_threadx := $(addprefix $(out)/tests/lock/,$(lock_storm) refused.o rtos/threadx.o)
lock_objects_test_lock_freertos := $(addprefix $(out)/tests/lock/,$(lock_storm) refused.o rtos/freertos.o)
lock_scene := $(addprefix $(out)/tests/lock/,actor.o interrupts.o paths.o paths_heap.o paths_libc.o paths_seed.o scene.o) \
  $(out)/tests/budget/budget.o $(out)/tests/replay/meter.o
lock_objects_test_lock_sweep := $(lock_scene)
lock_objects_every := $(lock_scene) $(addprefix $(out)/tests/lock/,hits.o intrusion.o mutex.o scheduler.o)
lock_objects_test_lock_budget := $(out)/tests/budget/budget.o $(out)/tests/replay/meter.o
# Is $(3) among the words of `// test-$(2):` in the test $(1), or is there no such line?
lock_wishes = $(filter $(3),$(or $(shell sed -n 's@^// test-$(2): @@p' tests/lock/$(1).c),$(3)))
lock_tiers = $(or $(shell sed -n 's@^// test-tiers: @@p' tests/lock/$(1).c),basic)
lock_wanted = $(foreach name,$(lock_names),$(if $(and $(call lock_wishes,$(name),locks,$(LOCK)),$(call \
  lock_wishes,$(name),libcs,$(LIBC)),$(filter $(TIER),$(call lock_tiers,$(name)))),$(name)))

$(out)/tests/lock/%.o: CFLAGS += $(obmalloc_lock_$(LOCK)) -Itests/lock/stand_in

# The adapters, as a firmware compiles them, over kernels that are not there.
$(out)/tests/lock/rtos/%.o: port/rtos/%.c $(flags_file)
	mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@
-include $(wildcard $(out)/tests/lock/*.d $(out)/tests/lock/rtos/*.d)

# The board's objects come first: this folder's vectors continue the board's.
define lock_image_rule
$(out)/$(1).elf: $(board_objects) $(out)/tests/lock/$(1).o $(lock_objects_$(1)) $(harness_library) \
  $(OBMALLOC_LIB) $(linker_scripts) $(flags_file)
	$$(call link_image,$$(call link_words,tests/lock/$(1).c))
endef
$(foreach name,$(lock_names),$(eval $(call lock_image_rule,$(name))))

.PHONY: lock-images
lock-images: $(call image,$(lock_wanted))

# tests/host/test_lock.py and test_lock_sweep.py see them fail.
ifeq ($(BOARD)-$(LIBC)-$(LOCK)-$(TIER),mps2-an386-nano-none-basic)
images: $(call image,test_lock_storm every)
endif

lock_boards := $(if $(filter command,$(origin BOARD)),$(BOARD),$(BOARDS))
lock_builds := $(foreach board,$(lock_boards),$(addprefix lock-build/$(board)/,$(lock_builds_$(board))))
.PHONY: $(lock_builds)
$(lock_builds):
	echo 'building for $(word 2,$(subst /, ,$@)), $(@F)'
	$(MAKE) --no-print-directory BOARD=$(word 2,$(subst /, ,$@)) LIBC=$(word 1,$(subst -, ,$(@F))) \
	  LOCK=$(word 2,$(subst -, ,$(@F))) TIER=$(or $(word 3,$(subst -, ,$(@F))),basic) lock-images
test-build: $(lock_builds)

# These know where to find the images without a policy only, and of the tier basic.
ifneq ($(TIER),basic)
$(foreach goal,$(filter test bench tune budgets adversary readme misuse torture-misuse tiers,$(MAKECMDGOALS)),$(error TIER is '$(TIER)'; \
  make $(goal) wants basic; `make misuse` and `make tiers` look at all of them))
endif
ifneq ($(LOCK),none)
$(foreach goal,$(filter test bench tune budgets adversary readme,$(MAKECMDGOALS)),$(error LOCK is '$(LOCK)'; \
  make $(goal) wants none, and `make test` tests the others, too))
endif

# ---- an interrupt at every instruction, in the long form

torture_boards := $(if $(filter command,$(origin BOARD)),$(BOARD),microbit mps2-an386 mps2-an505)
torture_builds := $(addprefix torture-lock-build/,$(torture_boards))
.PHONY: $(torture_builds) torture-interrupts
$(torture_builds):
	for lock in none $(filter $(OBMALLOC_LOCKS),$(patsubst nano-%,%,$(lock_builds_$(@F)))); do \
	  $(MAKE) --no-print-directory BOARD=$(@F) LIBC=nano LOCK=$$lock every-image || exit 1; done

.PHONY: every-image
every-image: $(call image,every)

torture-interrupts: setup ## an interrupt at every instruction (PLACES of the outer one, SEEDS of states, SEED)
	+$(again) $(torture_builds) >&2
	nice $(PYTHON) tests/lock/torture.py --build $(BUILD) --jobs $(JOBS) \
	  --boards $(torture_boards) $(addprefix --places ,$(PLACES)) $(addprefix --seeds ,$(SEEDS)) $(addprefix --seed ,$(SEED))
