// SPDX-License-Identifier: MIT
/*
 * Interpreter configurations: presets, overrides and what is refused. From Lib/test/test_capi/test_misc.py:
 * SubinterpreterTest.test_configured_settings, and InterpreterConfigTests, which is 3.13's.
 */
// test-link: -Wl,--defsym=__obmalloc_interpreter_bytes=1536
#include "interpreters.h"

static const PyInterpreterConfig isolated = _PyInterpreterConfig_INIT;
static const PyInterpreterConfig legacy = _PyInterpreterConfig_LEGACY_INIT;
static const PyInterpreterConfig empty = {.gil = PyInterpreterConfig_DEFAULT_GIL};

static const char *const obmalloc_sentence =
    "per-interpreter obmalloc does not support single-phase init extension modules";

static unsigned long flags_of(const PyInterpreterConfig *config) {
    return (config->use_main_obmalloc ? Py_RTFLAGS_USE_MAIN_OBMALLOC : 0) |
           (config->allow_fork ? Py_RTFLAGS_FORK : 0) | (config->allow_exec ? Py_RTFLAGS_EXEC : 0) |
           (config->allow_threads ? Py_RTFLAGS_THREADS : 0) |
           (config->allow_daemon_threads ? Py_RTFLAGS_DAEMON_THREADS : 0) |
           (config->check_multi_interp_extensions ? Py_RTFLAGS_MULTI_INTERP_EXTENSIONS : 0);
}

/* Settings correspond 1-to-1 with the configuration. */
static void check_works(const PyInterpreterConfig *config, unsigned long flags, int own_gil) {
    PyThreadState *tstate;
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, config);
    if (PyStatus_Exception(status)) {
        TEST_NOTE("refused: %s", status.err_msg);
    }
    CHECK(!PyStatus_Exception(status));
    PyInterpreterState *interp = PyThreadState_GetInterpreter(tstate);
    CHECK_EQUAL(interp->feature_flags, flags);
    CHECK_EQUAL(interp->ceval.own_gil, own_gil);
    CHECK_EQUAL(arena_is_taken, !config->use_main_obmalloc);
    void *block = PyObject_Malloc(40);
    CHECK(block != NULL);
    uintptr_t offset = (uintptr_t)block - (uintptr_t)&arena;
    CHECK_EQUAL(offset < ARENA_BYTES, !config->use_main_obmalloc);
    PyObject_Free(block);
    end(tstate);
    CHECK(!arena_is_taken);
}

static void check_refused(const PyInterpreterConfig *config, const char *sentence) {
    PyThreadState *before = PyThreadState_Get();
    PyThreadState *tstate = before;
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, config);
    CHECK(PyStatus_Exception(status));
    CHECK(strcmp(status.err_msg, sentence) == 0);
    CHECK(tstate == NULL);
    CHECK_EQUAL(PyThreadState_Get(), before);
    CHECK(!arena_is_taken);
}

TEST(SubinterpreterTest_test_configured_settings) {
    static const PyInterpreterConfig all = {1, 1, 1, 1, 1, 1, PyInterpreterConfig_OWN_GIL};
    static const PyInterpreterConfig main_only = {1, 0, 0, 0, 0, 0, PyInterpreterConfig_SHARED_GIL};
    static const PyInterpreterConfig own = {0, 0, 0, 1, 0, 1, PyInterpreterConfig_SHARED_GIL};
    static const PyInterpreterConfig none = {0, 0, 0, 0, 0, 0, PyInterpreterConfig_SHARED_GIL};
    begin();
    check_works(&all, 1UL << 5 | 1UL << 8 | 1UL << 10 | 1UL << 11 | 1UL << 15 | 1UL << 16, 1);
    check_works(&main_only, 1UL << 5, 0);
    check_works(&own, 1UL << 8 | 1UL << 10, 0);
    check_refused(&none, obmalloc_sentence);
}

TEST(InterpreterConfigTests_test_predefined_config) {
    CHECK(isolated.use_main_obmalloc == 0 && legacy.use_main_obmalloc == 1);
    CHECK(isolated.allow_fork == 0 && legacy.allow_fork == 1);
    CHECK(isolated.allow_exec == 0 && legacy.allow_exec == 1);
    CHECK(isolated.allow_threads == 1 && legacy.allow_threads == 1);
    CHECK(isolated.allow_daemon_threads == 0 && legacy.allow_daemon_threads == 1);
    CHECK(isolated.check_multi_interp_extensions == 1 && legacy.check_multi_interp_extensions == 0);
    CHECK_EQUAL(isolated.gil, PyInterpreterConfig_OWN_GIL);
    CHECK_EQUAL(legacy.gil, PyInterpreterConfig_SHARED_GIL);
    begin();
    check_works(&isolated, flags_of(&isolated), 1);
    check_works(&legacy, flags_of(&legacy), 0);
    check_refused(&empty, obmalloc_sentence);
}

/* Works as it says, or is refused for the one reason there is. */
static bool check_either(const PyInterpreterConfig *config) {
    if (!config->use_main_obmalloc && !config->check_multi_interp_extensions) {
        check_refused(config, obmalloc_sentence);
        return false;
    }
    check_works(config, flags_of(config), config->gil == PyInterpreterConfig_OWN_GIL);
    return true;
}

/* Each field of each preset overridden, by each other value that it can have; and all but gil at once. */
TEST(InterpreterConfigTests_test_update_from_dict) {
    static const PyInterpreterConfig *const presets[] = {&isolated, &legacy, &empty};
    begin();
    unsigned works_count = 0;
    for (unsigned i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        PyInterpreterConfig all = *presets[i];
        int *const all_fields[] = {&all.use_main_obmalloc,    &all.allow_fork,
                                   &all.allow_exec,           &all.allow_threads,
                                   &all.allow_daemon_threads, &all.check_multi_interp_extensions};
        for (unsigned field = 0; field < sizeof all_fields / sizeof all_fields[0]; field++) {
            *all_fields[field] ^= 1;
            PyInterpreterConfig one = *presets[i];
            int *const fields[] = {&one.use_main_obmalloc,    &one.allow_fork,
                                   &one.allow_exec,           &one.allow_threads,
                                   &one.allow_daemon_threads, &one.check_multi_interp_extensions};
            *fields[field] ^= 1;
            works_count += check_either(&one);
        }
        works_count += check_either(&all);
        for (int gil = PyInterpreterConfig_DEFAULT_GIL; gil <= PyInterpreterConfig_OWN_GIL; gil++) {
            PyInterpreterConfig other = *presets[i];
            other.gil = gil;
            works_count += check_either(&other);
        }
    }
    /* isolated: all but its check of extensions off; legacy: all but use_main_obmalloc off; empty: those two on. */
    CHECK_EQUAL(works_count, (5 + 1 + 3) + (5 + 1 + 3) + (2 + 1 + 0));
}

/* Bad values for .gil. */
TEST(InterpreterConfigTests_test_update_from_dict_bad_gil) {
    static const int bad[] = {-1, 3, 4, INT_MAX, INT_MIN};
    begin();
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        PyInterpreterConfig config = legacy;
        config.gil = bad[i];
        check_refused(&config, "invalid interpreter config 'gil' value");
    }
}

/* iter_all_configs: all 192. */
TEST(InterpreterConfigTests_test_interp_init) {
    begin();
    unsigned works_count = 0;
    for (unsigned bits = 0; bits < 64; bits++) {
        for (int gil = PyInterpreterConfig_DEFAULT_GIL; gil <= PyInterpreterConfig_OWN_GIL; gil++) {
            const PyInterpreterConfig config = {
                bits & 1, bits >> 1 & 1, bits >> 2 & 1, bits >> 3 & 1, bits >> 4 & 1, bits >> 5 & 1,
                gil};
            works_count += check_either(&config);
        }
    }
    CHECK_EQUAL(works_count, 192 - 48);
    check_sound();
}

TEST_LIST = {TEST_ENTRY(SubinterpreterTest_test_configured_settings),
             TEST_ENTRY(InterpreterConfigTests_test_predefined_config),
             TEST_ENTRY(InterpreterConfigTests_test_update_from_dict),
             TEST_ENTRY(InterpreterConfigTests_test_update_from_dict_bad_gil),
             TEST_ENTRY(InterpreterConfigTests_test_interp_init)};
