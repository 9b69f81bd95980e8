#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays sequences of allocator calls on this very Python's object allocator, or on ours.

play.py LIBRARY cpython|ours: reads from stdin sequences, each a line of JSON, [[kind, slot, bytes], ...]; prints
for each a line of JSON, {"outcomes": [[address, raw calls, is raw], ...], "wrong": operation or -1}. Where this Python
cannot be compared prints one line, {"skip": REASON}. Wants PYTHONMALLOC=pymalloc for cpython.
"""

import ctypes
import json
import struct
import sys

OPERATION = struct.Struct("=IIQ")
OUTCOME = struct.Struct("=QII")
NAMES = ("PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc", "PyObject_Free",
         "PyMem_GetAllocator", "PyMem_SetAllocator", "_PyMem_GetCurrentAllocatorName")
# CPython's POOL_SIZE and ALIGNMENT since 3.10, where pointers are 64 bits.
POOL_BYTES, STEP_BYTES = 16384, 16
DOMAIN_RAW = 0


class Allocator(ctypes.Structure):
    """struct sequence_allocator."""
    _fields_ = [(name, ctypes.c_void_p) for name in ("malloc", "calloc", "realloc", "free")]


class PyMemAllocatorEx(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("ctx", "malloc", "calloc", "realloc", "free")]


def unfit():
    """Why this Python's object allocator is not the one to compare with; None if it is."""
    if sys.implementation.name != "cpython":
        return f"{sys.executable} is {sys.implementation.name}, not CPython"
    for name in NAMES:
        if not hasattr(ctypes.pythonapi, name):
            return f"ctypes.pythonapi of {sys.executable} has no {name}"
    name = ctypes.pythonapi["_PyMem_GetCurrentAllocatorName"]
    name.restype = ctypes.c_char_p
    if name() != b"pymalloc":
        return f"{sys.executable} allocates by {(name() or b'?').decode()}, not by pymalloc"
    if ctypes.sizeof(ctypes.c_void_p) != 8 or sys.version_info < (3, 10):
        return f"{sys.executable} has other pools than CPython's of 3.10 and later on 64 bits"
    return None


def cpython(library):
    """CPython's object allocator, as a struct sequence_allocator; what it hands on is counted."""
    raw = PyMemAllocatorEx()
    ctypes.pythonapi.PyMem_GetAllocator(DOMAIN_RAW, ctypes.byref(raw))
    library.python_counting.restype = ctypes.c_void_p
    counting = library.python_counting(ctypes.byref(raw))
    ctypes.pythonapi.PyMem_SetAllocator(DOMAIN_RAW, ctypes.c_void_p(counting))
    return Allocator(*(ctypes.cast(ctypes.pythonapi[name], ctypes.c_void_p).value
                       for name in NAMES[:4]))


def play(library, allocator, operations, pool_bytes):
    data = b"".join(OPERATION.pack(*operation) for operation in operations)
    outcomes = ctypes.create_string_buffer(OUTCOME.size * len(operations))
    wrong = library.sequence_play(allocator, data, outcomes, ctypes.c_size_t(len(operations)),
                                  pool_bytes, STEP_BYTES)
    return {"outcomes": list(OUTCOME.iter_unpack(outcomes.raw)), "wrong": wrong}


def main():
    _, path, subject = sys.argv
    reason = unfit() if subject == "cpython" else None
    if reason:
        print(json.dumps({"skip": reason}))
        return
    # Keeps the interpreter's lock: no other thread of it allocates.
    library = ctypes.PyDLL(path)
    library.sequence_play.restype = ctypes.c_int64
    library.ours_open.restype = ctypes.c_void_p
    theirs = ctypes.byref(cpython(library)) if subject == "cpython" else None
    for line in sys.stdin:
        if subject == "cpython":
            result = play(library, theirs, json.loads(line), POOL_BYTES)
        else:
            allocator = library.ours_open()
            if not allocator:
                print(json.dumps({"skip": "this computer gives no memory below 4 GiB"}))
                return
            result = play(library, ctypes.c_void_p(allocator), json.loads(line), 0)
            result["check"] = library.ours_check()
        print(json.dumps(result))


if __name__ == "__main__":
    main()
