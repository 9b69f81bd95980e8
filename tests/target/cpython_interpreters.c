// SPDX-License-Identifier: MIT
// test-libcs: nano
/*
 * Interpreters: which configurations there are, which are refused and in which words, whose pools serve,
 * and what becomes of blocks that outlive theirs.
 *
 * The presets and the refusals follow Lib/test/test_embed.py, Lib/test/test_import (init_interp_settings)
 * and Python/pylifecycle.c of CPython 3.12.
 */
// test-link: -Wl,--defsym=__obmalloc_interpreter_bytes=1536
#include <setjmp.h>

#include <Python.h>

#include "target.h"

enum { ARENA_BYTES = 1536, ARENA_COUNT = 2 };

static struct __attribute__((aligned(8))) {
    char bytes[ARENA_BYTES];
} arenas[ARENA_COUNT] __attribute__((section(".noinit")));
static bool arena_taken[ARENA_COUNT];
static int arena_context;

static void *alloc_arena(void *ctx, size_t size) {
    CHECK_EQUAL(ctx, &arena_context);
    CHECK_EQUAL(size, ARENA_BYTES);
    for (unsigned i = 0; i < ARENA_COUNT; i++) {
        if (!arena_taken[i]) {
            arena_taken[i] = true;
            return &arenas[i];
        }
    }
    return NULL;
}

static void free_arena(void *ctx, void *ptr, size_t size) {
    CHECK_EQUAL(ctx, &arena_context);
    CHECK_EQUAL(size, ARENA_BYTES);
    for (unsigned i = 0; i < ARENA_COUNT; i++) {
        if (ptr == &arenas[i]) {
            CHECK(arena_taken[i]);
            arena_taken[i] = false;
            return;
        }
    }
    CHECK(false);
}

static PyObjectArenaAllocator arena_allocator = {&arena_context, alloc_arena, free_arena};

static enum obmalloc_heap_end policy;
static Py_ssize_t told_live_blocks;
static int64_t told_id;

enum obmalloc_heap_end obmalloc_interpreter_end(PyInterpreterState *interp,
                                                Py_ssize_t live_blocks) {
    told_id = PyInterpreterState_GetID(interp);
    told_live_blocks = live_blocks;
    return policy;
}

static jmp_buf behind_report;
static char message[192]; /* the report's own ends with the call */

void obmalloc_report_write(const char *text, size_t bytes) {
    (void)text;
    (void)bytes;
}

void obmalloc_fatal(const struct obmalloc_fatal *report) {
    strncpy(message, report->message, sizeof message - 1);
    longjmp(behind_report, 1);
}

static bool is_in_arena_of(const PyThreadState *tstate, const void *block) {
    uintptr_t offset = (uintptr_t)block - (uintptr_t)tstate->interp->arena;
    return tstate->interp->arena != NULL && offset < ARENA_BYTES;
}

static void need_room(void) {
    void *block = malloc(400);
    free(block);
    if (!block) {
        SKIP("libc's part of this board's RAM is too small");
    }
}

static PyThreadState *created(const PyInterpreterConfig *config) {
    PyThreadState *tstate;
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, config);
    if (PyStatus_Exception(status)) {
        TEST_NOTE("refused: %s", status.err_msg);
    }
    CHECK(!PyStatus_Exception(status));
    CHECK_EQUAL(PyThreadState_Get(), tstate);
    return tstate;
}

static PyThreadState *main_thread(void) {
    return &PyInterpreterState_Main()->thread;
}

/* Ends it and comes back to the main one. */
static void end(PyThreadState *tstate) {
    (void)PyThreadState_Swap(tstate);
    Py_EndInterpreter(tstate);
    CHECK(_PyThreadState_UncheckedGet() == NULL);
    (void)PyThreadState_Swap(main_thread());
}

static void check_refused(const PyInterpreterConfig *config, const char *sentence) {
    PyThreadState *before = _PyThreadState_UncheckedGet();
    PyThreadState *tstate = before;
    Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, config);
    CHECK(PyStatus_Exception(status) && PyStatus_IsError(status));
    CHECK(strcmp(status.err_msg, sentence) == 0);
    CHECK(strcmp(status.func, "Py_NewInterpreterFromConfig") == 0);
    CHECK(tstate == NULL);
    CHECK_EQUAL(_PyThreadState_UncheckedGet(), before);
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
}

TEST(nothing_before_the_main_one) {
    static const PyInterpreterConfig legacy = _PyInterpreterConfig_LEGACY_INIT;
    CHECK(!Py_IsInitialized());
    CHECK(_PyThreadState_UncheckedGet() == NULL);
    check_refused(&legacy, "Py_Initialize must be called first");

    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = flag();
    config.gil = 3;
    PyStatus status = Py_InitializeFromConfig(&config);
    CHECK(strcmp(status.err_msg, "invalid interpreter config 'gil' value") == 0);
    CHECK(!Py_IsInitialized());
    config.gil = PyInterpreterConfig_DEFAULT_GIL;
    status = Py_InitializeFromConfig(&config);
    CHECK(!PyStatus_Exception(status) && Py_IsInitialized());
    CHECK_EQUAL(PyThreadState_Get(), main_thread());
    CHECK_EQUAL(PyInterpreterState_Get(), PyInterpreterState_Main());
    CHECK_EQUAL(PyInterpreterState_GetID(PyInterpreterState_Main()), 0);
    /* test_embed's test_init_main_interpreter_settings. */
    CHECK_EQUAL(PyInterpreterState_Main()->feature_flags,
                Py_RTFLAGS_USE_MAIN_OBMALLOC | Py_RTFLAGS_FORK | Py_RTFLAGS_EXEC |
                    Py_RTFLAGS_THREADS | Py_RTFLAGS_DAEMON_THREADS);
    CHECK(PyInterpreterState_Main()->ceval.own_gil);
    /* Where nobody has arenas, nobody gets one. */
    static const PyInterpreterConfig own = _PyInterpreterConfig_INIT;
    check_refused(
        &own, "the arena allocator has no arena for an interpreter with an obmalloc of its own");
    PyObject_SetArenaAllocator(&arena_allocator);
    PyObjectArenaAllocator now;
    PyObject_GetArenaAllocator(&now);
    CHECK(memcmp(&now, &arena_allocator, sizeof now) == 0);
}

TEST(presets_are_cpythons) {
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    static const PyInterpreterConfig legacy = _PyInterpreterConfig_LEGACY_INIT;
    static const int isolated_fields[7] = {0, 0, 0, 1, 0, 1, 2};
    static const int legacy_fields[7] = {1, 1, 1, 1, 1, 0, 1};
    CHECK(sizeof isolated == sizeof isolated_fields);
    CHECK(memcmp(&isolated, isolated_fields, sizeof isolated) == 0);
    CHECK(memcmp(&legacy, legacy_fields, sizeof legacy) == 0);
    need_room();
    PyThreadState *own = created(&isolated);
    CHECK_EQUAL(own->interp->feature_flags,
                Py_RTFLAGS_THREADS | Py_RTFLAGS_MULTI_INTERP_EXTENSIONS);
    CHECK(own->interp->ceval.own_gil);
    CHECK(!_PyInterpreterState_HasFeature(own->interp, Py_RTFLAGS_USE_MAIN_OBMALLOC));
    PyThreadState *sharing = Py_NewInterpreter();
    CHECK(sharing != NULL);
    CHECK_EQUAL(sharing->interp->feature_flags, Py_RTFLAGS_USE_MAIN_OBMALLOC | Py_RTFLAGS_FORK |
                                                    Py_RTFLAGS_EXEC | Py_RTFLAGS_THREADS |
                                                    Py_RTFLAGS_DAEMON_THREADS);
    CHECK(!sharing->interp->ceval.own_gil);
    CHECK_EQUAL(PyInterpreterState_Head(), sharing->interp);
    CHECK_EQUAL(PyInterpreterState_Next(sharing->interp), own->interp);
    CHECK_EQUAL(PyInterpreterState_Next(own->interp), PyInterpreterState_Main());
    CHECK(PyInterpreterState_Next(PyInterpreterState_Main()) == NULL);
    end(own);
    end(sharing);
    CHECK_EQUAL(PyInterpreterState_Head(), PyInterpreterState_Main());
}

TEST(what_cpython_refuses_is_refused_in_its_words) {
    PyInterpreterConfig config = _PyInterpreterConfig_INIT;
    config.check_multi_interp_extensions = 0;
    check_refused(&config,
                  "per-interpreter obmalloc does not support single-phase init extension modules");
    config.use_main_obmalloc = 1;
    config.gil = 3;
    check_refused(&config, "invalid interpreter config 'gil' value");
    config.gil = -1;
    check_refused(&config, "invalid interpreter config 'gil' value");
    static const PyInterpreterConfig empty = {0};
    check_refused(&empty,
                  "per-interpreter obmalloc does not support single-phase init extension modules");
    CHECK(!arena_taken[0]);
}

static void *given_back;

static void *alloc_askew(void *ctx, size_t size) {
    (void)size;
    return (char *)ctx + 4;
}

static void free_askew(void *ctx, void *ptr, size_t size) {
    (void)ctx;
    CHECK_EQUAL(size, ARENA_BYTES);
    given_back = ptr;
}

TEST(an_arena_that_is_no_region_goes_back) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    PyObjectArenaAllocator askew = {&arenas[0], alloc_askew, free_askew};
    PyObject_SetArenaAllocator(&askew);
    given_back = NULL;
    check_refused(&isolated, obmalloc_heap_sentence(OBMALLOC_HEAP_MISALIGNED));
    CHECK_EQUAL(given_back, &arenas[0].bytes[4]);
    PyObject_SetArenaAllocator(&arena_allocator);
}

/* Each gets what it asks for from its own pools, and gives it back by the address. */
TEST(the_current_interpreter_allocates) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    static const PyInterpreterConfig legacy = _PyInterpreterConfig_LEGACY_INIT;
    PyThreadState *one = created(&isolated);
    void *block_of_one = SERVED(PyMem_Malloc(40));
    PyThreadState *two = created(&isolated);
    void *block_of_two = SERVED(PyObject_Calloc(4, 10));
    PyThreadState *sharing = created(&legacy);
    void *shared = SERVED(PyMem_Malloc(40));
    CHECK(is_in_arena_of(one, block_of_one));
    CHECK(is_in_arena_of(two, block_of_two));
    check_owner(shared, 40);
    CHECK_EQUAL(PyThreadState_Swap(one), sharing);
    void *raw = SERVED(PyMem_RawMalloc(40));
    check_owner(raw, 40);
    CHECK_EQUAL(_PyInterpreterState_GetAllocatedBlocks(one->interp), 1);
    CHECK_EQUAL(_PyInterpreterState_GetAllocatedBlocks(two->interp), 1);
    CHECK_EQUAL(_PyInterpreterState_GetAllocatedBlocks(sharing->interp),
                _PyInterpreterState_GetAllocatedBlocks(PyInterpreterState_Main()));
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(),
                _PyInterpreterState_GetAllocatedBlocks(PyInterpreterState_Main()) + 2);
    /* A block of two grows while one is current, and stays at home. */
    block_of_two = SERVED(PyObject_Realloc(block_of_two, 90));
    CHECK(is_in_arena_of(two, block_of_two));
    /* A heap that is full fails, and takes from no other. */
    CHECK(PyMem_Malloc(ARENA_BYTES) == NULL);
    PyMem_Free(block_of_one);
    PyObject_Free(block_of_two);
    PyMem_Free(shared);
    PyMem_RawFree(raw);
    CHECK_EQUAL(_PyInterpreterState_GetAllocatedBlocks(one->interp), 0);
    /* There is no third arena. */
    check_refused(
        &isolated,
        "the arena allocator has no arena for an interpreter with an obmalloc of its own");
    CHECK(PyThreadState_Swap(NULL) == one);
    shared = SERVED(PyMem_Malloc(24));
    check_owner(shared, 24);
    PyMem_Free(shared);
    end(two);
    end(one);
    end(sharing);
    CHECK(!arena_taken[0] && !arena_taken[1]);
    check_sound();
}

TEST(orphans_stay_and_the_last_one_closes_the_arena) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    Py_ssize_t leaks = obmalloc_interpreter_leaks();
    Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
    policy = OBMALLOC_HEAP_ORPHAN;
    PyThreadState *tstate = created(&isolated);
    int64_t id = PyInterpreterState_GetID(tstate->interp);
    void *first = SERVED(PyMem_Malloc(40)), *second = SERVED(PyObject_Malloc(300));
    fill(first, 40, 1);
    told_live_blocks = 0;
    end(tstate);
    CHECK_EQUAL(told_live_blocks, 2);
    CHECK_EQUAL(told_id, id);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), leaks + 2);
    CHECK_EQUAL(PyInterpreterState_Head(), PyInterpreterState_Main());
    CHECK(arena_taken[0]);
    CHECK(is_filled(first, 40, 1));
    CHECK(_Py_GetGlobalAllocatedBlocks() >= blocks + 2);
    PyMem_Free(first);
    PyObject_Free(second);
    /* The next one finds the arena free. */
    PyThreadState *next = created(&isolated);
    CHECK(arena_taken[0] && !arena_taken[1]);
    CHECK_EQUAL(PyInterpreterState_GetID(next->interp), id + 1);
    end(next);
    CHECK(!arena_taken[0]);
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), leaks + 2);
}

TEST(reclaimed_blocks_are_gone_at_once) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    Py_ssize_t leaks = obmalloc_interpreter_leaks();
    Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
    policy = OBMALLOC_HEAP_RECLAIM;
    PyThreadState *tstate = created(&isolated);
    CHECK(PyMem_Malloc(40) != NULL);
    end(tstate);
    CHECK(!arena_taken[0]);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), leaks + 1);
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
}

TEST(a_refused_end_changes_nothing) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    Py_ssize_t leaks = obmalloc_interpreter_leaks();
    policy = OBMALLOC_HEAP_REFUSE;
    PyThreadState *tstate = created(&isolated);
    void *block = SERVED(PyMem_Malloc(40));
    Py_EndInterpreter(tstate);
    CHECK_EQUAL(PyThreadState_Get(), tstate);
    CHECK_EQUAL(obmalloc_interpreter_leaks(), leaks);
    CHECK(is_in_arena_of(tstate, PyMem_Realloc(block, 41)));
    PyMem_Free(block);
    end(tstate);
    CHECK(!arena_taken[0]);
}

/* test_embed's test_repeated_init_and_subinterpreters: nothing is left, however often. */
TEST(loops_do_not_leak) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
    for (unsigned i = 0; i < 50; i++) {
        PyThreadState *tstate = created(&isolated);
        void *block = SERVED(PyMem_Malloc(i * 5));
        PyThreadState *sharing = Py_NewInterpreter();
        CHECK(sharing != NULL);
        PyMem_Free(block);
        end(tstate);
        end(sharing);
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
    check_sound();
}

static void check_fatal(const char *wanted);

/* test_embed's test_repeated_init_exec, without anything to execute. */
TEST(the_main_one_comes_and_goes) {
    need_room();
    PyInterpreterConfig config = PyInterpreterConfig_DEFAULT;
    config.use_main_obmalloc = flag();
    Py_ssize_t blocks = _Py_GetGlobalAllocatedBlocks();
    for (unsigned i = 0; i < 20; i++) {
        PyThreadState *sharing = Py_NewInterpreter();
        message[0] = '\0';
        if (setjmp(behind_report) == 0) {
            Py_Finalize();
        }
        check_fatal("remaining subinterpreters");
        CHECK(Py_IsInitialized());
        Py_EndInterpreter(sharing);
        CHECK_EQUAL(Py_FinalizeEx(), 0);
        CHECK(!Py_IsInitialized());
        CHECK(_PyThreadState_UncheckedGet() == NULL);
        CHECK_EQUAL(Py_FinalizeEx(), 0);
        CHECK(!PyStatus_Exception(Py_InitializeFromConfig(&config)));
        CHECK_EQUAL(PyThreadState_Get(), main_thread());
    }
    CHECK_EQUAL(_Py_GetGlobalAllocatedBlocks(), blocks);
}

static void check_fatal(const char *wanted) {
    if (strcmp(message, wanted) != 0) {
        TEST_NOTE("the message is '%s'", message);
    }
    CHECK(strcmp(message, wanted) == 0);
}

TEST(misuse_is_fatal_in_cpythons_words) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    PyThreadState *tstate = created(&isolated);
    (void)PyThreadState_Swap(main_thread());
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        Py_EndInterpreter(tstate);
    }
    check_fatal("thread is not current");
    message[0] = '\0';
    (void)PyThreadState_Swap(NULL);
    if (setjmp(behind_report) == 0) {
        (void)PyThreadState_Get();
    }
    check_fatal("the function must be called with the GIL held, after Python initialization and "
                "before Python finalization, but the GIL is released (the current Python thread "
                "state is NULL)");
    (void)PyThreadState_Swap(main_thread());
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        Py_EndInterpreter(main_thread());
    }
    check_fatal("the main interpreter cannot end");
    end(tstate);
}

/* What CPython's hooks cannot see. */
TEST(the_debug_hooks_tell_the_heaps_apart) {
    need_room();
    static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_DEBUG), 0);
    PyThreadState *tstate = created(&isolated);
    void *block = SERVED(PyMem_Malloc(40));
    CHECK(is_in_arena_of(tstate, block));
    (void)PyThreadState_Swap(main_thread());
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        PyMem_Free(block);
    }
    CHECK(strncmp(message, "other heap: the block is of heap 0x", 35) == 0);
    void *main_block = SERVED(PyMem_Malloc(40));
    (void)PyThreadState_Swap(tstate);
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        PyMem_Free(main_block);
    }
    CHECK(strncmp(message, "other heap: the block is of heap 0x", 35) == 0);
    (void)PyThreadState_Swap(main_thread());
    PyMem_Free(main_block);
    /* An orphan is nobody's: whoever has it frees it. */
    policy = OBMALLOC_HEAP_ORPHAN;
    end(tstate);
    message[0] = '\0';
    if (setjmp(behind_report) == 0) {
        PyMem_Free(block);
    }
    check_fatal("");
    CHECK_EQUAL(_PyMem_SetupAllocators(PYMEM_ALLOCATOR_DEFAULT), 0);
}

TEST_LIST = {TEST_ENTRY(nothing_before_the_main_one),
             TEST_ENTRY(presets_are_cpythons),
             TEST_ENTRY(what_cpython_refuses_is_refused_in_its_words),
             TEST_ENTRY(an_arena_that_is_no_region_goes_back),
             TEST_ENTRY(the_current_interpreter_allocates),
             TEST_ENTRY(orphans_stay_and_the_last_one_closes_the_arena),
             TEST_ENTRY(reclaimed_blocks_are_gone_at_once),
             TEST_ENTRY(a_refused_end_changes_nothing),
             TEST_ENTRY(loops_do_not_leak),
             TEST_ENTRY(the_main_one_comes_and_goes),
             TEST_ENTRY(misuse_is_fatal_in_cpythons_words),
             TEST_ENTRY(the_debug_hooks_tell_the_heaps_apart)};
