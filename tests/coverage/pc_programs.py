# SPDX-License-Identifier: MIT
"""The tests' programs on this computer: in which builds, and how each is run."""

import concurrent.futures
import os
import subprocess

import boards
from runner import jobs, verdict

TIMEOUT_SECONDS = 120
MAKEFILE = os.path.join("tests", "coverage", "pc", "pc.mk")

FOLDERS = ("target", "unit", "conformance", "coverage/cases", "coverage/tiers", "coverage/watched", "cpython",
           "misuse/unit", "see")  # fmt: skip

# What does not run here, and why; a * at the end stands for any further letters.
NOT_HERE = {
    "board_thread_storage": "is about the boards' own start-up",
    "board_tick": "counts a board's instructions",
    "budget_*": "counts a board's instructions",
    "check_slices": "counts a board's instructions",
    "cost_beside": "counts a board's instructions",
    "cpython_direct": "counts a board's instructions",
    "libc_reserve": "is about the library's own printf and numbers",
    "mallinfo_fields": "is about the library's own printf",
    "heap_regions": "is about the RAMs of single boards",
    "ownership_float": "is about the library's own printf",
    "ownership_picolibc": "is about the library's own streams and environment",
    "stack_use": "measures a board's stack",
}


# Storms, which execute what other cases execute, too.
LONG = ("test_assembly", "test_phases", "test_storm")


class Build:
    """The library for one C library and lock policy; `defines` for the compiler; `folders` of programs, or `names`;
    further variables of port/obmalloc.mk. `without` names of programs that would try again what others try."""

    def __init__(self, libc, lock, folders=(), names=(), defines=(), tag=None, variables=None, without=()):
        self.libc = libc
        self.lock = lock
        self.name = "-".join([libc, lock, *([tag] if tag else [])])
        self.defines = defines
        self.variables = variables or {}
        self.programs = [
            (folder, name)
            for folder in FOLDERS
            for name in jobs.sources(folder, "", ".c")
            if (folder in folders or name in names) and name not in without and not is_left_out(name)
        ]
        self.programs = [place for place in self.programs if self.wants(*place)]

    def wants(self, folder, name):
        """Returns true iff the program's own lines ask for this C library and policy."""
        wish = jobs.wishes(folder, name)
        return (
            self.libc in wish.get("libcs", (self.libc,))
            and self.lock in wish.get("locks", (self.lock,))
            and (self.tag() in wish.get("builds", (self.tag(),)))
        )

    def pools(self, folder):
        """Where pools/ is, which builds share that differ in lock and library alone."""
        kinds = ["small" if self.tag() == "small" else "", "v6m" if "V6M" in self.variables else ""]
        kinds += ["encoded" if "TIER" in self.variables else "", "counted" if "WATCH" in self.variables else ""]
        return os.path.join(folder, "-".join(["pools", *filter(None, kinds)]))

    def parts(self, folder):
        """The folders with its counters."""
        return [self.pools(folder), os.path.join(folder, self.name)]

    def tag(self):
        """What tells the build from others of the same C library and policy."""
        return self.name.split("-", 2)[2] if self.name.count("-") == 2 else "plain"


def is_left_out(name):
    """Returns true iff NOT_HERE names the program."""
    return any(
        name == left_out or (left_out.endswith("*") and name.startswith(left_out[:-1]))
        for left_out in NOT_HERE
    )


def builds():
    """All builds that are measured. Each C library has chunks of its own; each policy is code of its own; `small` is
    what the compiler makes of -Os, where words lie at any address, and with the serial numbers of CPython's debug
    hooks; `v6m` is pools/ for a CPU that cannot count zeros."""
    return [
        Build("nano", "none", ("target", "unit", "conformance", "coverage/cases"), variables={"V6M": 1}),
        Build("newlib", "none", ("target", "coverage/cases")),
        Build("picolibc", "none", ("target", "coverage/cases")),
        Build("nano", "hooks", ("target", "coverage/cases")),
        Build("nano", "primask", names=("contents", "out_of_memory", "lock_slide")),
        Build(
            "nano",
            "basepri",
            names=("contents", "out_of_memory", "lock_slide", "libc_guarded"),
            tag="guarded",
            variables={"GUARD": 1},
        ),
        Build(
            "picolibc",
            "primask",
            names=("contents", "ownership", "lock_slide", "picolibc_locks", "libc_guarded"),
            tag="guarded",
            variables={"GUARD": 1},
        ),
        Build(
            "nano",
            "none",
            ("unit", "coverage/cases"),
            ("contents", "out_of_memory", "serial"),
            ("-D__OPTIMIZE_SIZE__", "-D__ARM_FEATURE_UNALIGNED", "-DPYMEM_DEBUG_SERIALNO"),
            "small",
            without=LONG,
        ),
        Build(
            "nano",
            "hooks",
            ("unit", "misuse/unit", "coverage/tiers", "coverage/watched"),
            ("contents", "test_sites", "test_statistics", "test_largest", "ledger_kinds"),
            (),
            "full",
            {"TIER": "full", "WATCH": "blackbox record sites statistics"},
            LONG,
        ),
        Build(
            "nano",
            "hooks",
            ("coverage/tiers",),
            ("contents",),
            (),
            "paranoid",
            {"TIER": "paranoid"},
        ),
        Build(
            "nano",
            "none",
            ("coverage/tiers",),
            defines=("-D__ARM_ARCH_ISA_THUMB=2", "-D__ARM_ARCH=7"),
            tag="trap",
            variables={"TIER": "trap"},
        ),
    ]


def make(build, folder, job_count):
    """Builds its programs, each build in a folder of its own. Returns what make said iff it failed, else ''."""
    command = ["make", "--no-print-directory", f"-j{job_count}", "-f", MAKEFILE]
    command += [f"LIBC={build.libc}", f"LOCK={build.lock}", f"BUILD={os.path.join(folder, build.name)}"]
    command += [f"POOLS={build.pools(folder)}", f"COMMON={os.path.join(folder, 'common-' + build.libc)}"]
    command += [f"DEFINES={' '.join(build.defines)}"]
    command += [f"{key}={value}" for key, value in build.variables.items()]
    command += [f"PROGRAMS={' '.join(f'tests/{folder}/{name}.c' for folder, name in build.programs)}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=boards.REPOSITORY, check=False
    )
    return done.stdout + done.stderr if done.returncode != 0 else ""


def remove_stale_notes(build, folder):
    """Removes what the compiler wrote of programs and sources that the build has no longer."""
    own = os.path.join(folder, build.name)
    programs = {os.path.join("tests", *place) for place in build.programs}
    for top in (own, build.pools(folder)):
        for where, _, names in os.walk(top):
            for name in names:
                source, ending = os.path.splitext(os.path.join(os.path.relpath(where, top), name))
                is_gone = not os.path.exists(os.path.join(boards.REPOSITORY, f"{source}.c"))
                if ending == ".gcno" and (is_gone or (source.startswith("tests/") and source not in programs)):
                    os.remove(os.path.join(where, name))


def runs_of(build):
    """[(program, words of its command line, a name of the run, its exit status)]. A program that ends otherwise than by
    the harness's `done` says so with `// test-status: N`."""
    found = []
    for folder, name in build.programs:
        wish = jobs.wishes(folder, name)
        for flag in ("1",) if folder == "unit" else wish.get("flags", ("1", "0")):
            words = [f"use_main_obmalloc={flag}", *wish.get("words", ())]
            status = int(wish.get("status", ["0"])[0])
            found.append((name, words, f"{name}.{flag}", status))
    return found


def missing(dump):
    """What is wrong iff there is no dump."""
    return [] if os.path.exists(dump) else ["(program): left no counters"]


def run_one(folder, run):
    """Returns (the run's name, its dump's path, what failed)."""
    name, words, run_name, wanted_status = run
    dump = os.path.join(folder, "dumps", run_name)
    if os.path.exists(dump):
        os.remove(dump)
    command = [os.path.join(folder, name), *words, f"coverage={dump}"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=TIMEOUT_SECONDS, cwd=boards.REPOSITORY, check=False,
        )  # fmt: skip
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        status, output = None, expired.stdout or b""
    if wanted_status != 0:
        failed = [] if status == wanted_status else [f"(program): status {status}, not {wanted_status}"]
        return run_name, dump, failed or missing(dump)
    judged = verdict.judge(status, output.decode("utf-8", "replace"), TIMEOUT_SECONDS)
    failed = [f"{case.name}: {case.text}" for case in judged.cases if case.state == verdict.FAILED]
    return run_name, dump, failed or missing(dump)


def run(build, all_folder, job_count):
    """Runs all of a build's programs. Returns (paths of the dumps, sentences about what failed)."""
    folder = os.path.join(all_folder, build.name)
    os.makedirs(os.path.join(folder, "dumps"), exist_ok=True)
    dumps, failures = [], []
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        for run_name, dump, failed in pool.map(lambda one: run_one(folder, one), runs_of(build)):
            if failed:
                failures += [f"{run_name} in {build.name}: {text}" for text in failed]
            else:
                dumps.append(dump)
    return dumps, failures
