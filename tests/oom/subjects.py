# SPDX-License-Identifier: MIT
"""Which programs are swept, with what input."""

import pathlib

import sweep
from sweep import boards

BOARD = "mps2-an386"
LIBCS = ("nano", "newlib", "picolibc")
REPOSITORY = pathlib.Path(sweep.REPOSITORY)
HERE = REPOSITORY / "tests" / "oom"
APPS = REPOSITORY / "tests" / "apps"
PROGRAMS = ("family", "contents", "libc", "python", "cxx")
TRACES = ("mosq_sub", "mbedtls_psk", "coap_client", "lua_queens", "cxx_text")
# C++ and the firmwares want newlib's C++ library and system calls.
NEWLIB_ONLY = ("cxx", "lua", "json")
# Scripts that neither catch the end of memory nor print what hangs on the collector.
SCRIPTS = (HERE / "inputs" / "small.lua", APPS / "lua" / "scripts" / "closures.lua")
DOCUMENTS = (HERE / "inputs" / "small.json", APPS / "json" / "documents" / "text.json",
             APPS / "json" / "documents" / "cut.json")


def inputs(program):
    """The further words of a program's command line, one list for each input."""
    files = {"lua": SCRIPTS, "lua_bare": SCRIPTS, "json": DOCUMENTS}.get(program)
    if files:
        return [[f"input={path}"] for path in files]
    if program == "trace":
        return [[f"trace={REPOSITORY / 'tests' / 'traces' / name}.obmt"] for name in TRACES]
    return [[]]


def make(build, libc, program, words, flag, mode):
    """The Sweep of a program in a mode."""
    image = boards.image_path(BOARD, libc, f"oom_{program}", build)
    subject = words[0].rsplit("/", 1)[-1] if words else program
    return sweep.Sweep(BOARD, image, [*words, f"use_main_obmalloc={flag}"], mode, sweep.judge_program,
                       f"{subject}, {libc}, flag {flag}, {mode}")


def everything(build):
    """All sweeps there are."""
    for libc in LIBCS:
        for program in (*PROGRAMS, "trace", "lua", "json"):
            if libc == "picolibc" and program in NEWLIB_ONLY:
                continue
            for words in inputs(program):
                for flag in (1, 0):
                    for mode in sweep.MODES:
                        yield make(build, libc, program, words, flag, mode)
