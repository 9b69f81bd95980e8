# SPDX-License-Identifier: MIT
# test-boards: microbit lm3s6965evb mps2-an500 mps2-an505 mps3-an547
"""The audit's reader of Thumb code against objdump: every instruction of images for five CPUs."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "port" / "host"))

from firmware import code, elf_file, thumb

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
BOARD = os.environ.get("BOARD", "microbit")
# Newlib's printf of floating point and the replay's 64-bit sums are the widest variety.
IMAGES = [f"{BOARD}-newlib/replay.elf", f"{BOARD}-newlib/ownership_float.elf", f"{BOARD}-nano/whole_family.elf"]

LINE = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{4} ?)+)\s*\t(\S+)(?:\t([^@;\n]*))?", re.MULTILINE)
CONDITIONS = "eq ne cs cc mi pl vs vc hi ls ge lt gt le hs lo".split()
REGISTERS = {"sp": 13, "lr": 14, "pc": 15, "sl": 10, "fp": 11, "ip": 12, "r9": 9}

Said = collections.namedtuple("Said", "size kind target pushed_bytes conditional text")


def count(registers):
    """How many registers a list of objdump's names."""
    total = 0
    for part in registers.strip("{} ").split(","):
        low, _, high = part.strip().partition("-")
        total += int(high[1:]) - int(low[1:]) + 1 if high else 1
    return total


def stack_bytes(name, operands):
    """By how much the stack pointer sinks."""
    listed = re.search(r"\{(.*)\}", operands)
    amount = re.search(r"#(-?\d+)", operands)
    if name in ("push", "stmdb") and (name == "push" or operands.startswith("sp!")):
        return 4 * count(listed.group(0))
    if name in ("pop", "ldmia") and (name == "pop" or operands.startswith("sp!")):
        return -4 * count(listed.group(0))
    if name == "vpush" or name == "vpop":
        size = 8 if "d" in listed.group(0) else 4
        return (size if name == "vpush" else -size) * count(listed.group(0))
    if name in ("sub", "subw") and operands.startswith("sp, ") and amount and "sp, sp" in operands.replace(
            "sp, #", "sp, sp, #"):
        return int(amount.group(1))
    if name in ("add", "addw") and operands.startswith("sp, ") and amount and "sp, sp" in operands.replace(
            "sp, #", "sp, sp, #"):
        return -int(amount.group(1))
    written_back = re.search(r"\[sp, #(-?\d+)\]!|\[sp\], #(-?\d+)", operands)
    if written_back:
        return -int(written_back.group(1) or written_back.group(2))
    return 0


def kind_of(name, operands):
    if name in ("bl", "blx") and re.match(r"[0-9a-f]+ ", operands):
        return thumb.CALL
    if name in ("blx", "blxns"):
        return thumb.CALL_REGISTER
    if name in ("bx", "bxns"):
        return thumb.RETURN if operands.strip() == "lr" else thumb.JUMP_REGISTER
    if name in ("cbz", "cbnz", "wls", "wlstp", "le", "letp") or name[0] == "b" and name[1:] in CONDITIONS:
        return thumb.BRANCH
    if name == "b":
        return thumb.JUMP
    if name in ("tbb", "tbh"):
        return thumb.TABLE
    if name in ("pop", "ldmia") and "pc" in operands or name == "ldr" and operands.startswith("pc, [sp], #"):
        return thumb.RETURN
    if name == "mov" and operands.startswith("pc, "):
        return thumb.RETURN if "lr" in operands else thumb.JUMP_REGISTER
    if name == "ldr" and operands.startswith("pc, "):
        return thumb.JUMP_MEMORY
    if name == "add" and operands.startswith("pc, "):
        return thumb.JUMP_BY_SUM
    if name == "udf":
        return thumb.STOP
    return thumb.OTHER


def objdump(image):
    """{address: Said} of all code."""
    listing = subprocess.run(["arm-none-eabi-objdump", "-dz", image], check=True, capture_output=True, text=True).stdout
    said, left = {}, 0
    for address, digits, mnemonic, operands in LINE.findall(listing):
        if mnemonic.startswith("."):
            continue
        operands = operands.strip()
        size = len(digits.replace(" ", "")) // 2
        name = mnemonic.split(".")[0]
        conditional = left > 0
        left = len(name) - 1 if re.fullmatch(r"it[te]{0,3}", name) else max(left - 1, 0)
        if conditional and len(name) > 2 and name[-2:] in CONDITIONS:
            name = name[:-2]
        if name.endswith("s") and name[:-1] in ("sub", "add"):
            name = name[:-1]
        kind = kind_of(name, operands)
        target = None
        if kind in (thumb.CALL, thumb.JUMP, thumb.BRANCH):
            target = int(re.search(r"(?:^|, )([0-9a-f]+) <", operands + " <" if "<" not in operands else operands).group(1), 16)
        said[int(address, 16)] = Said(size, kind, target, stack_bytes(name, operands), conditional,
                                      f"{mnemonic} {operands}")
    return said


class Decoded(unittest.TestCase):
    def test_as_objdump_says(self):
        kinds = collections.Counter()
        for name in IMAGES:
            image = BUILD / name
            firmware = elf_file.Firmware(image.read_bytes())
            said = objdump(image)
            decoded = 0
            for function in code.Code(firmware).functions:
                for found in function.code:
                    expected = said[found.address]
                    self.assertEqual((found.size, found.kind, found.target, found.pushed_bytes),
                                     expected[:4], f"{name} {found.address:#x}: {expected.text}")
                    # A conditional branch ends its block by itself.
                    if found.kind != thumb.BRANCH:
                        self.assertEqual(found.is_conditional, expected.conditional,
                                         f"{name} {found.address:#x}: {expected.text}")
                    decoded += 1
                    kinds[found.kind] += 1
                    kinds["stack"] += found.pushed_bytes != 0
            self.assertGreater(decoded, 0.95 * len(said))
        for kind in (thumb.CALL, thumb.JUMP, thumb.BRANCH, thumb.RETURN, thumb.CALL_REGISTER, "stack"):
            self.assertGreater(kinds[kind], 10, kind)


if __name__ == "__main__":
    unittest.main()
