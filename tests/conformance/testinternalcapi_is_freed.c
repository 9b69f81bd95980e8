// SPDX-License-Identifier: MIT
/*
 * Modules/_testinternalcapi.c's four is-freed checks, as test_pyobject_..._is_freed of
 * Lib/test/test_capi/test_mem.py run them: an object is seen as freed by its type's pointer.
 */
#include "conformance.h"

/* CPython's PyObject and _PyObject_IsFreed; there are no objects here. */
struct object {
    Py_ssize_t refcnt;
    const void *type;
};

static int is_freed(const struct object *object) {
    return _PyMem_IsPtrFreed(object) || _PyMem_IsPtrFreed(object->type);
}

static struct object *new_object(size_t bytes) {
    struct object *object = PyObject_Malloc(bytes);
    CHECK(object != NULL);
    object->refcnt = 1;
    return object;
}

static void test_pyobject_null_is_freed(PyMemAllocatorName name) {
    need_room();
    use_allocator(name);
    CHECK(is_freed(NULL));
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
}

static void test_pyobject_uninitialized_is_freed(PyMemAllocatorName name) {
    need_room();
    use_allocator(name);
    struct object *object = new_object(sizeof(struct object));
    CHECK(is_freed(object));
    CHECK_EQUAL(object->type, 0xCDCDCDCDu);
    object->type = object;
    CHECK(!is_freed(object));
    PyObject_Free(object);
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
}

/* The type's pointer lies behind the block. */
static void test_pyobject_forbidden_bytes_is_freed(PyMemAllocatorName name) {
    need_room();
    use_allocator(name);
    struct object *object = new_object(offsetof(struct object, type));
    CHECK(is_freed(object));
    CHECK_EQUAL(object->type, 0xFDFDFDFDu);
    PyObject_Free(object);
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
}

static void test_pyobject_freed_is_freed(PyMemAllocatorName name) {
    need_room();
    use_allocator(name);
    struct object *object = new_object(sizeof(struct object));
    /* Behind it, lest it be merged with what is free and begin with words of the allocator's. */
    void *behind = PyObject_Malloc(sizeof(struct object));
    object->type = object;
    CHECK(!is_freed(object));
    PyObject_Free(object);
    CHECK(is_freed(object));
    CHECK_EQUAL(object->type, 0xDDDDDDDDu);
    PyObject_Free(behind);
    use_allocator(PYMEM_ALLOCATOR_DEFAULT);
    check_sound();
}

DEBUG_CASES(test_pyobject_null_is_freed)
DEBUG_CASES(test_pyobject_uninitialized_is_freed)
DEBUG_CASES(test_pyobject_forbidden_bytes_is_freed)
DEBUG_CASES(test_pyobject_freed_is_freed)

TEST_LIST = {DEBUG_ENTRIES(test_pyobject_null_is_freed),
             DEBUG_ENTRIES(test_pyobject_uninitialized_is_freed),
             DEBUG_ENTRIES(test_pyobject_forbidden_bytes_is_freed),
             DEBUG_ENTRIES(test_pyobject_freed_is_freed)};
