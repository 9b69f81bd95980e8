#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Static analysis: gcc -fanalyzer, clang-tidy, cppcheck and its MISRA addon. Exits non-zero iff something is found.

Prints a line for each tool with what it looked at, and each finding as file:line. README.md says what is asked of
which tool; deviations.txt lists what of cppcheck's findings is meant, and why.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

import deviations
from sources import BUILDS, FAST, PRODUCT, REPOSITORY, TESTS, files

HERE = os.path.dirname(os.path.abspath(__file__))
WARNING = re.compile(r"^([^ :][^:]*):(\d+):\d+: (?:warning|error|fatal error): (.*?)(?: \[([^]]+)\])?$")
CPPCHECK = re.compile(r"^@([^:]*):(\d+): ([^:]+): (.*)$")
GCC_WARNINGS = ("-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wpointer-arith "
                "-Wwrite-strings -Wvla -fanalyzer").split()


class Finding:
    """One finding; equal iff it is the same of the same place, whichever build showed it."""

    def __init__(self, path, line, rule, text):
        self.path = os.path.relpath(path, REPOSITORY) if os.path.isabs(path) else os.path.normpath(path)
        self.line = int(line)
        self.rule = rule
        self.text = text

    def key(self):
        return (self.path, self.line, self.rule)

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text} [{self.rule}]"


class ToolFailed(Exception):
    """A tool that ended without having looked."""


def run(command):
    """(status, what it printed on both ways)."""
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, errors="replace")
    return done.returncode, done.stdout


def warnings_in(command):
    """The findings of a compiler, or of what prints as one."""
    status, text = run(command)
    found = [Finding(match.group(1), match.group(2), match.group(4) or "error", match.group(3))
             for match in map(WARNING.match, text.splitlines()) if match]
    if status != 0 and not found:
        raise ToolFailed(f"{' '.join(command)}: status {status}: {text.strip()[-400:]}")
    return found


def gcc_commands(options, paths):
    """The cross compiler for each build, and the PC's for what is tested there."""
    compilers = [("arm-none-eabi-gcc", build.gcc_flags, build.holds) for build in options.builds]
    for compiler, flags, holds in compilers:
        for path in paths:
            if holds(path):
                yield [compiler, "-O2", *flags, *GCC_WARNINGS, "-c", path, "-o", os.devnull]
    for path in paths:
        if path.startswith(("pools/", "tests/harness/host_")):
            yield ["gcc", "-O2", "-std=gnu11", "-Ipools", "-Itests", *GCC_WARNINGS, "-c", path, "-o", os.devnull]


def tidy_commands(options, paths):
    for build in options.builds:
        for path in paths:
            if build.holds(path):
                yield ["clang-tidy", "--quiet", path, "--", *build.clang_flags]


def cppcheck_commands(options, paths):
    """One a build: it reads all files, for the rules about several."""
    for number, build in enumerate(options.builds):
        folder = os.path.join(options.build, f"cppcheck{number}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        includes = [flag for flag in build.includes if flag != "-Itests"]
        chosen = [path for path in paths if build.holds(path)]
        yield ["cppcheck", "--quiet", "--addon=misra", "--enable=warning,style,performance,portability",
               "--inline-suppr", "--std=c11", "--platform=unix32", f"--cppcheck-build-dir={folder}", "--template",
               "@{file}:{line}: {id}: {message}", *includes, *build.defines, *(f"-D{macro}" for macro in build.macros),
               *chosen]


def cppcheck_findings(command):
    status, text = run(command)
    found = []
    for match in map(CPPCHECK.match, text.splitlines()):
        if match and not match.group(1).startswith("/usr/") and match.group(1) != "nofile":
            rule = match.group(3).replace("misra-c2012-", "")
            message = "MISRA C:2012 rule" if rule != match.group(3) else match.group(4)
            found.append(Finding(match.group(1), match.group(2), rule, message))
    bad = [line for line in text.splitlines() if "internalError" in line or "syntaxError" in line or
           "Bailing out" in line or "cppcheckError" in line]
    if status != 0 or bad:
        raise ToolFailed(f"cppcheck: status {status}: {' '.join(bad) or text.strip()[-400:]}")
    return found


class Tool:
    """What is run, on which folders, and what reads its output."""

    def __init__(self, name, program, package, folders, commands, reader=warnings_in):
        self.name = name
        self.program = program
        self.package = package
        self.folders = folders
        self.commands = commands
        self.reader = reader

    def look(self, options, folders):
        """All findings, each once."""
        commands = list(self.commands(options, files(folders)))
        found = {}
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for number, findings in enumerate(pool.map(self.reader, commands), 1):
                if sys.stderr.isatty():
                    print(f"\r{self.name} {number}/{len(commands)} ", end="", file=sys.stderr, flush=True)
                found.update((finding.key(), finding) for finding in findings)
        return len(commands), [found[key] for key in sorted(found)]


TOOLS = (
    Tool("gcc -fanalyzer", "arm-none-eabi-gcc", "gcc-arm-none-eabi", PRODUCT + TESTS, gcc_commands),
    Tool("clang-tidy", "clang-tidy", "clang-tidy", PRODUCT + TESTS, tidy_commands),
    Tool("cppcheck, MISRA", "cppcheck", "cppcheck", PRODUCT, cppcheck_commands, cppcheck_findings),
)


def check_tool(tool, options):
    """Runs one tool and prints its line and its findings. Returns how much is wrong."""
    folders = FAST if options.fast else tool.folders
    count, found = tool.look(options, folders)
    deviating, stale = 0, []
    if tool.reader is cppcheck_findings:
        table = deviations.read(os.path.join(HERE, "deviations.txt"), "tests/check/deviations.txt")
        left = deviations.without_deviations(found, table)
        deviating = len(found) - len(left)
        found = left
        if not options.fast:
            stale = deviations.unused(table, lambda deviation: True)
    print(f"{tool.name:<16}{count:>6}{len(found):>10}{deviating:>12}")
    for finding in found:
        print(f"  {finding}")
    for deviation in stale:
        print(f"  {deviation.place}: no finding of rule {deviation.rule} needs this deviation")
    sys.stdout.flush()
    return len(found) + len(stale)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/check", help="folder for what cppcheck keeps")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--fast", action="store_true", help="pools/ and port/ in one build only")
    parser.add_argument("--only", nargs="*", help="programs: arm-none-eabi-gcc, clang-tidy, cppcheck")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    options.builds = list(BUILDS.values())[:1] if options.fast else list(BUILDS.values())
    wrong, looked = 0, 0
    print(f"{'tool':<16}{'runs':>6}{'findings':>10}{'deviations':>12}")
    try:
        for tool in TOOLS:
            if options.only and tool.program not in options.only:
                continue
            if not shutil.which(tool.program):
                print(f"{tool.name:<16}skipped: {tool.program} is not installed; Debian: {tool.package}")
                continue
            wrong += check_tool(tool, options)
            looked += 1
    except (ToolFailed, deviations.BadTable) as error:
        sys.exit(f"check.py: {error}")
    if looked == 0:
        sys.exit("check.py: no tool is installed")
    if wrong:
        sys.exit(f"check.py: {wrong} to put right")


if __name__ == "__main__":
    main()
