// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "Python.h"
#include "obmalloc.h"

static PyStatus error(const char *message) {
    return (PyStatus){
        ._type = _PyStatus_TYPE_ERROR, .func = "Py_InitializeFromConfig", .err_msg = message};
}

int PyStatus_Exception(PyStatus status) {
    return status._type != _PyStatus_TYPE_OK;
}

PyStatus Py_InitializeFromConfig(const PyInterpreterConfig *config) {
    if (config == NULL) {
        return error("config is NULL");
    }
    enum obmalloc_request_status status = obmalloc_request_flag(config->use_main_obmalloc);
    if (status != OBMALLOC_REQUEST_OK) {
        return error(obmalloc_request_sentence(status));
    }
    return (PyStatus){._type = _PyStatus_TYPE_OK};
}
