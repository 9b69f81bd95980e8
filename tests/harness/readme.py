#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads the code blocks of README.md and of the pages that it leads to, and runs their commands again.

Started as a program, puts in what they print.

A ```console block holds commands, each a line `$ COMMAND`, and what each printed. Where that begins with a
line `...`, as many of the last lines are shown as stood there before.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import user

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"
PAGES = [README, REPOSITORY / "board" / "README.md", *sorted((REPOSITORY / "port").rglob("*.md"))]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."


def text_of(pages):
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def section(title):
    """The prose under a heading of whatever level, in the page that has it, up to the next of that level or above."""
    prose = FENCED.sub("", text_of(PAGES))
    level, text = re.search(rf"^(#+) {re.escape(title)}\n(.*)", prose, re.MULTILINE | re.DOTALL).groups()
    return re.split(rf"^#{{1,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(language, pages=None):
    """The contents of all blocks in a language, in order."""
    return [body for name, body in FENCED.findall(text_of(pages or PAGES)) if name == language]


def parse_console(body):
    """[(command, lines of output)] of a console block."""
    steps = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def console_steps():
    return [step for body in blocks("console") for step in parse_console(body)]


def run_again(command, shown):
    """What the command prints now, shortened as it was. Ends the program if it fails."""
    print(f"readme: {command}", flush=True)
    done = subprocess.run(command, shell=True, cwd=REPOSITORY, env=user.environment(),
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"readme: `{command}` ended with status {done.returncode}:\n"
                 f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    lines = done.stdout.rstrip().splitlines()
    if shown[:1] == [LEFT_OUT]:
        keep = max(len(shown) - 1, 1)
        lines = [LEFT_OUT, *lines[-keep:]]
    return lines


def refresh(body):
    """A console block's contents, as they would be now."""
    lines = []
    for command, shown in parse_console(body):
        lines += [f"$ {command}", *run_again(command, shown)]
    return "\n".join(lines) + "\n"


def main():
    """Writes after each block, `make test` last: it checks what the other commands show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skip", action="append", default=[], metavar="COMMAND",
                        help="leave the blocks whose first command begins so as they are")
    skipped = tuple(f"$ {command}" for command in parser.parse_args().skip)
    found = [(page, body) for page in PAGES for body in blocks("console", [page]) if not body.startswith(skipped)]
    for page, body in sorted(found, key=lambda pair: pair[1].startswith("$ make test")):
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(body, refresh(body)), encoding="utf-8")


if __name__ == "__main__":
    main()
