# SPDX-License-Identifier: MIT
"""The tests' programs on a board: with counters in the library, and without for the instructions of its assembly."""

import concurrent.futures
import os
import subprocess

import boards
from runner import jobs, verdict

TIMEOUT_SECONDS = 240
LIBCS = ("nano", "newlib", "picolibc")

# What counts instructions finds others where there are counters.
NOT_COUNTED = ("budget_", "board_tick", "check_slices", "cost_beside", "cpython_direct", "stack_use")


def make(board, libc, lock, folder, with_counters, job_count):
    """Builds the images. Returns what make said iff it failed, else ''."""
    command = ["make", "--no-print-directory", f"-j{job_count}", f"BOARD={board}", f"LIBC={libc}"]
    command += [f"LOCK={lock}", f"BUILD={folder}", "coverage-images"]
    if with_counters:
        without = " ".join(f"{name}%" for name in NOT_COUNTED)
        command += ["COVERAGE_COUNTERS=1", f"COVERAGE_WITHOUT={without}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=boards.REPOSITORY, check=False
    )
    return done.stdout + done.stderr if done.returncode != 0 else ""


def programs(libc):
    """[(folder, name)] of the programs for a C library."""
    places = [("target", name) for name in jobs.sources("target", "", ".c")]
    if libc == "nano":
        places += [("unit", name) for name in jobs.sources("unit", "test_", ".c")]
        places += [("conformance", name) for name in jobs.sources("conformance", "", ".c")]
    return [place for place in places if libc in jobs.wishes(*place).get("libcs", LIBCS)]


def runs(board_name, libc, lock="none"):
    """[(image's name, words, options)]; with a lock policy, those of tests/lock."""
    skips = boards.Board(board_name).skips()
    places = programs(libc)
    if lock != "none":
        places = [("lock", name) for name in jobs.sources("lock", "test_", ".c")]
        places = [place for place in places if wants(place, libc, lock)]
    found = []
    for folder, name in places:
        if (name, None) in skips or (name, libc) in skips:
            continue
        wish = jobs.wishes(folder, name)
        options = ["-icount", f"shift={wish['icount'][0]}"] if "icount" in wish else []
        for flag in ("1",) if folder == "unit" else wish.get("flags", ("1", "0")):
            found.append((name, [f"use_main_obmalloc={flag}", *wish.get("words", ())], options))
    return found


def wants(place, libc, lock):
    """Returns true iff the program's own lines ask for this C library and policy."""
    wish = jobs.wishes(*place)
    return libc in wish.get("libcs", (libc,)) and lock in wish.get("locks", (lock,))


def judged(name, done, words):
    """[sentences] about what failed."""
    case = verdict.judge(done.returncode, done.stdout.decode("utf-8", "replace"), TIMEOUT_SECONDS)
    return [
        f"{name} {words[0]}: {one.name}: {one.text}"
        for one in case.cases
        if one.state == verdict.FAILED
    ]


def execute(command):
    """Runs QEMU with its output kept."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip


def run_counted(board_name, libc, folder, job_count):
    """Runs the images with counters. Returns (dumps, sentences)."""
    place = os.path.join(folder, f"{board_name}-{libc}")
    wanted = [one for one in runs(board_name, libc) if not one[0].startswith(NOT_COUNTED)]

    def one_run(one):
        name, words, options = one
        dump = os.path.join(place, f"{name}.{words[0][-1]}.dump")
        image = boards.image_path(board_name, libc, name, folder)
        command = boards.qemu_command(board_name, image, [*words, f"coverage={dump}"], options)
        return dump, judged(name, execute(command), words)

    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        outcomes = list(pool.map(one_run, wanted))
    dumps = [dump for dump, _ in outcomes if os.path.exists(dump)]
    return dumps, [f"{libc}: {text}" for _, failed in outcomes for text in failed]
