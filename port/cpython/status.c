// SPDX-License-Identifier: MIT
#include "initconfig.h"

PyStatus PyStatus_Ok(void) {
    return (PyStatus){._type = _PyStatus_TYPE_OK};
}

PyStatus PyStatus_Error(const char *err_msg) {
    return (PyStatus){._type = _PyStatus_TYPE_ERROR, .err_msg = err_msg};
}

PyStatus PyStatus_NoMemory(void) {
    return PyStatus_Error("memory allocation failed");
}

PyStatus PyStatus_Exit(int exitcode) {
    return (PyStatus){._type = _PyStatus_TYPE_EXIT, .exitcode = exitcode};
}

int PyStatus_IsError(PyStatus status) {
    return status._type == _PyStatus_TYPE_ERROR;
}

int PyStatus_IsExit(PyStatus status) {
    return status._type == _PyStatus_TYPE_EXIT;
}

int PyStatus_Exception(PyStatus status) {
    return status._type != _PyStatus_TYPE_OK;
}
