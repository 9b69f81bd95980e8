#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Proves the primitives of pools/ with Frama-C's WP plug-in, and says how many goals are left.

The functions are those of proved.txt. Each is proved free of run-time errors and true to the contract that stands
beside it in pools/, from model.h. README.md says what that means. Exits non-zero iff a goal is left, a function of
the list has none, or an axiom of words.h is not proved in words.smt2.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
POOLS = os.path.join(HERE, "..", "..", "pools")
TOOLS = {"frama-c": "frama-c-base", "why3": "why3", "z3": "z3", "cvc4": "cvc4"}
GOAL = re.compile(r"^\[wp\] \[([^]]+)\] Goal typed_(?:cast_)?(\S+) : Valid")
FAILED = re.compile(r"^\[wp\] \[(?:Failed|Timeout|Unknown|Stepout)\] Goal typed_(?:cast_)?(\S+)")
SCHEDULED = re.compile(r"^\[wp\] (\d+) goals? scheduled")


class Failure(Exception):
    """A proof that could not be tried; says why."""


def missing_tools():
    """The Debian packages that are not there."""
    return sorted(package for tool, package in TOOLS.items() if not shutil.which(tool))


def listed(path):
    """proved.txt: {unit: [functions]}."""
    units = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                units.setdefault(words[0], []).extend(words[1:])
    return units


def why3_configuration(build):
    """A configuration of Why3 that knows this machine's provers; returns its path."""
    path = os.path.join(os.path.abspath(build), "why3.conf")
    environment = {**os.environ, "WHY3CONFIG": path}
    if os.path.exists(path):
        os.remove(path)
    done = subprocess.run(["why3", "config", "detect"], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not os.path.exists(path):
        raise Failure(f"why3 config detect failed: {done.stderr.strip()}")
    return path


class Unit:
    """One run of WP over one file: which goals it had, and which prover closed each."""

    def __init__(self, name, functions, options):
        self.name = name
        self.functions = functions
        self.options = options
        self.proved = []  # (goal, prover)
        self.left = []
        self.scheduled = 0

    def command(self):
        """Frama-C's, for a 32-bit machine as the Cortex-M is one."""
        includes = f"-m32 -D__ARM_FEATURE_UNALIGNED -I{self.options.pools} -include {HERE}/model.h"
        return ["frama-c", "-c11", "-machdep", "gcc_x86_32", f"-cpp-extra-args={includes}",
                os.path.join(HERE, f"{self.name}.c"), "-then", "-wp", "-wp-rte", "-wp-model", "Typed+cast",
                "-wp-prover", "z3,cvc4", "-wp-timeout", str(self.options.seconds), "-wp-par", str(self.options.jobs)]

    def run_one(self, selection, environment):
        """Proves what the options in `selection` choose."""
        done = subprocess.run(self.command() + selection, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, cwd=HERE)
        if self.options.verbose:
            print(done.stdout, file=sys.stderr)
        lines = done.stdout.splitlines()
        scheduled = [int(match.group(1)) for match in map(SCHEDULED.match, lines) if match]
        if done.returncode != 0 or not scheduled:
            wrong = [line for line in lines if "rror" in line] or lines[-3:]
            raise Failure(f"{self.name}.c: frama-c failed: " + " ".join(wrong))
        proved = [(match.group(2), match.group(1).split()[0]) for match in map(GOAL.match, lines) if match]
        left = [match.group(1) for match in map(FAILED.match, lines) if match]
        if len(proved) + len(left) != sum(scheduled):
            raise Failure(f"{self.name}.c: {sum(scheduled)} goals were scheduled, {len(proved)} proved and "
                          f"{len(left)} left: the rest got no verdict")
        self.scheduled += sum(scheduled)
        self.proved += proved
        self.left += left

    def run(self, environment):
        """The lemmas first, then the functions."""
        with open(os.path.join(HERE, f"{self.name}.c"), encoding="utf-8") as file:
            if re.search(r'#include "(bits|words)\.h"', file.read()):
                self.run_one(["-wp-prop=@lemma"], environment)
        self.run_one(["-wp-fct", ",".join(self.functions)], environment)

    def goals_of(self, function):
        """(proved, left) of one function, or of the lemmas."""
        others = [name for name in self.functions if name.startswith(function) and name != function]

        def of_it(goal):
            return goal.startswith(function + "_") and not any(goal.startswith(other + "_") for other in others)

        return (sum(of_it(goal) for goal, _ in self.proved), [goal for goal in self.left if of_it(goal)])


def axioms_of_words():
    """Proves each axiom of words.h and bits.h in bit vectors with both provers: [(goal, prover)], [left]."""
    axioms = []
    for name in ("words.h", "bits.h"):
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            axioms += re.findall(r"^\s*axiom (\w+):", file.read(), re.MULTILINE)
    with open(os.path.join(HERE, "words.smt2"), encoding="utf-8") as file:
        stated = re.findall(r"^; axiom (\w+)$", file.read(), re.MULTILINE)
    if sorted(axioms) != sorted(stated):
        odd = sorted(set(axioms) ^ set(stated)) or ["one of them twice"]
        raise Failure(f"words.h, bits.h and words.smt2 do not state the same axioms: {' '.join(odd)}")
    proved, left = [], []
    for prover, command in (("Z3", ["z3"]), ("CVC4", ["cvc4", "--incremental"])):
        done = subprocess.run(command + [os.path.join(HERE, "words.smt2")], capture_output=True, text=True, check=False)
        answers = done.stdout.split()
        if len(answers) != len(stated):
            raise Failure(f"words.smt2: {prover} answered {done.stdout.strip()!r} {done.stderr.strip()!r}")
        for axiom, answer in zip(stated, answers):
            if answer == "unsat":
                proved.append((axiom, prover))
            else:
                left.append(f"{axiom} ({prover}: {answer})")
    return proved, left


def report_unit(unit):
    """A line for each function. Returns the functions of the list that are not proved to the last goal."""
    wrong = []
    rows = unit.functions + (["lemma"] if any(goal.startswith("lemma_") for goal, _ in unit.proved) else [])
    for name in rows:
        count, left = unit.goals_of(name)
        print(f"{unit.name:<7}{'lemmas' if name == 'lemma' else name:<24}{count:>6}{len(left):>6}")
        for goal in left:
            print(f"  left: {goal}")
        if left or count == 0:
            wrong.append(name)
    return wrong


def prove(options):
    """Runs all, prints the table. Returns (goals, left goals and functions)."""
    os.makedirs(options.build, exist_ok=True)
    environment = {**os.environ, "WHY3CONFIG": why3_configuration(options.build)}
    units = listed(os.path.join(HERE, "proved.txt"))
    wanted = options.only or sum(units.values(), [])
    provers, wrong, total, functions = {}, [], 0, 0
    print(f"{'unit':<7}{'function':<24}{'goals':>6}{'left':>6}")
    for name, names in units.items():
        chosen = [function for function in names if function in wanted]
        if not chosen:
            continue
        if sys.stderr.isatty():
            print(f"proving {name} ({len(chosen)} functions)", file=sys.stderr)
        unit = Unit(name, chosen, options)
        unit.run(environment)
        wrong += report_unit(unit)
        sys.stdout.flush()
        functions += len(chosen)
        total += unit.scheduled
        for _, prover in unit.proved:
            provers[prover] = provers.get(prover, 0) + 1
    proved, left = axioms_of_words()
    print(f"{'words':<7}{'axioms':<24}{len(proved):>6}{len(left):>6}")
    for goal in left:
        print(f"  left: {goal}")
    total += len(proved) + len(left)
    wrong += left
    for _, prover in proved:
        provers[prover] = provers.get(prover, 0) + 1
    by_prover = ", ".join(f"{count} by {prover}" for prover, count in sorted(provers.items()))
    open_goals = total - sum(provers.values())
    print(f"\n{functions} functions, {total} goals: {by_prover}; {open_goals} left")
    return functions, total, open_goals, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/proof", help="folder for Why3's configuration")
    parser.add_argument("--pools", default=POOLS, help="the sources to prove; default: this repository's")
    parser.add_argument("--only", nargs="*", help="functions; default: all of proved.txt")
    parser.add_argument("--seconds", type=int, default=60, help="a prover's time for a goal")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="end with a line for `make torture`")
    parser.add_argument("--verbose", action="store_true", help="what Frama-C prints, on stderr")
    options = parser.parse_args()
    options.pools = os.path.abspath(options.pools)
    if missing_tools():
        sys.exit(f"prove.py: not installed: {' '.join(missing_tools())} (Debian's packages)")
    try:
        functions, goals, left, wrong = prove(options)
    except Failure as failure:
        sys.exit(f"prove.py: {failure}")
    if wrong:
        print(f"prove.py: not proved: {' '.join(wrong)}", file=sys.stderr)
    if options.json:
        print(json.dumps({"part": "proof of the primitives", "tried": goals, "unit": "goals", "lost": left,
                          "note": f"Frama-C WP, z3, cvc4; {functions} functions"}))
    sys.exit(1 if wrong or left else 0)


if __name__ == "__main__":
    main()
