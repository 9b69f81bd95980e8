# SPDX-License-Identifier: MIT
"""Which instructions of the library's assembly a board's programs execute.

QEMU, told to translate one instruction at a time, notes each when it is about to be executed for the first time. An
instruction within an IT block counts whether its condition holds or not.
"""

import concurrent.futures
import os
import re
import subprocess
import tempfile

import board_programs
import boards

OBJDUMP = "arm-none-eabi-objdump"
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{4} ?){1,2}\s*\t(.*)$")
PLACE = re.compile(r"^\S*?((?:pools|port)/\S+\.S):(\d+)")
SECTION = re.compile(r"^Disassembly of section (\S+):$")
IN_MAP = re.compile(r"^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) \S*\((\S+)\.o\)$")


def is_code(place, text):
    """Returns false iff it fills up to an alignment, or its source line is excluded, with a reason (markers.py)."""
    path, number = place.rsplit(":", 1)
    with open(os.path.join(boards.REPOSITORY, path), encoding="utf-8") as file:
        line = file.read().splitlines()[int(number) - 1]
    return "GCOVR_EXCL_LINE:" not in line and (not text.startswith("nop") or "nop" in line)


def instructions(objects):
    """{(object, section, offset): (source:line, text)} of the objects that come from assembly."""
    found = {}
    for path in objects:
        name = os.path.splitext(os.path.basename(path))[0]
        done = subprocess.run([OBJDUMP, "-d", "-l", path], capture_output=True, text=True, check=True)
        section, place = "", ""
        for line in done.stdout.splitlines():
            if SECTION.match(line):
                section = SECTION.match(line)[1]
            elif PLACE.match(line):
                place = ":".join(PLACE.match(line).groups())
            elif INSTRUCTION.match(line) and not INSTRUCTION.match(line)[2].startswith("."):
                offset, text = INSTRUCTION.match(line).groups()
                text = " ".join(text.split())
                if is_code(place, text):
                    found[name, section, int(offset, 16)] = (place, text)
    return found


def sections_of(map_path, names):
    """[(start, end, object, section)] of an image, of the objects named, from the linker's map."""
    found = []
    with open(map_path, encoding="utf-8") as file:
        text = re.sub(r"^( \S+)\n\s+0x", r"\1 0x", file.read(), flags=re.MULTILINE)
    for line in text[text.find("Linker script and memory map") :].splitlines():
        match = IN_MAP.match(line)
        if match and match[4] in names and int(match[3], 16):
            start = int(match[2], 16)
            found.append((start, start + int(match[3], 16), match[4], match[1]))
    return found


def executed(board_name, image, words, options):
    """The instructions' keys that one run executes."""
    names = {os.path.splitext(os.path.basename(path))[0] for path in objects_beside(image)}
    sections = sections_of(image[: -len(".elf")] + ".map", names)
    if not sections:
        return set()
    with tempfile.NamedTemporaryFile(prefix="coverage-", suffix=".log") as log:
        ranges = ",".join(f"{start:#x}+{end - start:#x}" for start, end, _, _ in sections)
        options = [*options, "-singlestep", "-d", "in_asm", "-D", log.name, "-dfilter", ranges]
        board_programs.execute(boards.qemu_command(board_name, image, words, options))
        with open(log.name, encoding="utf-8", errors="replace") as file:
            addresses = {int(text, 16) for text in re.findall(r"^0x([0-9a-f]+):", file.read(), re.MULTILINE)}
    return {
        (name, section, address - start)
        for start, end, name, section in sections
        for address in addresses
        if start <= address < end
    }


def objects_beside(image):
    """The objects of the library's assembly in the build that an image is of."""
    folder = os.path.join(os.path.dirname(image), "obmalloc")
    return sorted(
        os.path.join(folder, room, os.path.splitext(name)[0] + ".o")
        for room in ("pools", "port")
        for name in os.listdir(os.path.join(boards.REPOSITORY, room))
        if name.endswith(".S")
    )


def measure(board_name, libc, lock, folder, job_count):
    """({key: (place, text)}, keys that were executed) of one build."""
    wanted = board_programs.runs(board_name, libc, lock)
    images = [boards.image_path(board_name, libc, name, folder, lock) for name, _, _ in wanted]
    known = instructions(objects_beside(images[0]))
    with concurrent.futures.ThreadPoolExecutor(job_count) as pool:
        found = pool.map(
            lambda pair: executed(board_name, pair[0], pair[1][1], pair[1][2]), zip(images, wanted)
        )
        return known, set().union(*found) & set(known)


def table(known, seen, title):
    """[lines of a table by source], and a sentence for each instruction that was not executed."""
    sources = {}
    for key, (place, _) in known.items():
        counts = sources.setdefault(place.split(":")[0], [0, 0])
        counts[0] += key in seen
        counts[1] += 1
    rows = [f"{title:<36}{'instructions':>14}{'executed':>10}", "-" * 60]
    for source, (part, whole) in sorted(sources.items()):
        share = "100 %" if part == whole else f"{min(99.9, 100 * part / whole):.1f} %"
        rows.append(f"{source:<36}{whole:>14}{share:>10}")
    missing = [f"{place}: never executed: {text}" for key, (place, text) in sorted(known.items()) if key not in seen]
    return rows, missing
