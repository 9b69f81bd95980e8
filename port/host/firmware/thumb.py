# SPDX-License-Identifier: MIT
"""The Thumb instructions that say where control goes and what happens to the stack pointer.

All others are told by their length and by the registers that they write. Own code rather than a
disassembler: Debian's capstone stops at the instructions of ARMv8-M and MVE.
"""

import struct

SP, LR, PC = 13, 14, 15

# Instruction.kind
OTHER = "other"
CALL = "call"  # to target
JUMP = "jump"  # to target, for good
BRANCH = "branch"  # to target or on
CALL_REGISTER = "call through a register"
JUMP_REGISTER = "jump through a register"
JUMP_MEMORY = "jump through memory"
RETURN = "return"
JUMP_BY_SUM = "jump by a sum with PC"
TABLE = "table"  # TBB, TBH
STOP = "stop"  # undefined on purpose


class Instruction:
    """One instruction. What does not apply is None, 0 or empty.

    pushed_bytes: by how much the stack pointer sinks; negative if it rises.
    pushes, pops: the registers that go to the stack, or come from it, lowest address first.
    literal: the address whose word is loaded into `register`. constant: (register, value) of ADR, MOVW.
    high_half: (register, value) of MOVT. move: (to, from, add) of a copy with a constant added.
    stack_from: the register whose value the stack pointer takes, or that is added to it with `stack_add`.
    sum_of: (to, base) of ADD or SUB with a shifted register. shift: (to, from, left by) of LSLS. negated: (to, from).
    writes: registers whose values are lost.
    """

    __slots__ = ("address size kind target register pushed_bytes pushes pops literal constant high_half move "
                 "stack_from stack_add sum_of shift negated writes is_conditional it_count").split()

    def __init__(self, address):
        for name in self.__slots__:
            setattr(self, name, None)
        self.address = address
        self.size = 2
        self.kind = OTHER
        self.pushed_bytes = self.it_count = 0
        self.pushes = self.pops = self.writes = ()
        self.is_conditional = False


def _signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def _registers(mask):
    return tuple(number for number in range(16) if mask >> number & 1)


def expanded_immediate(imm12):
    """A modified immediate constant of Thumb-2."""
    byte = imm12 & 0xFF
    if imm12 >> 10 == 0:
        return (byte, byte << 16 | byte, byte << 24 | byte << 8, byte * 0x01010101)[imm12 >> 8 & 3]
    turn = imm12 >> 7
    byte = imm12 & 0x7F | 0x80
    return (byte >> turn | byte << (32 - turn)) & 0xFFFFFFFF


def _narrow_data(found, half):
    """Shifts, adds, moves, compares: 0x0000..0x47ff."""
    top = half >> 11
    if top <= 2 or top == 3:
        found.writes = (half & 7,)
        if top == 0:
            found.shift = (half & 7, half >> 3 & 7, half >> 6 & 0x1F)
        if half & 0xFE00 == 0x1C00:  # ADDS Rd, Rn, #imm3: also the copy
            found.move = (half & 7, half >> 3 & 7, half >> 6 & 7)
    elif top in (4, 6, 7):
        number = half >> 8 & 7
        found.writes = (number,)
        if top == 4:
            found.constant = (number, half & 0xFF)
        else:
            found.move = (number, number, half & 0xFF if top == 6 else -(half & 0xFF))
    elif half >> 10 == 0x10:
        if half >> 6 & 0xF not in (8, 10, 11):
            found.writes = (half & 7,)
        if half >> 6 & 0xF == 9:
            found.negated = (half & 7, half >> 3 & 7)
    elif half >> 10 == 0x11:
        _high_registers(found, half)


def _high_registers(found, half):
    operation, source = half >> 8 & 3, half >> 3 & 0xF
    number = half & 7 | half >> 4 & 8
    if operation == 3:
        found.register = source
        if half & 0x80:
            found.kind = CALL_REGISTER
        else:
            found.kind = RETURN if source == LR else JUMP_REGISTER
    elif operation == 2 and number == PC:
        found.register = source
        found.kind = RETURN if source == LR else JUMP_REGISTER
    elif operation == 0 and number == PC:
        found.kind = JUMP_BY_SUM
    elif operation == 2:
        found.writes, found.move = (number,), (number, source, 0)
        if number == SP:
            found.stack_from, found.stack_add = source, False
    elif operation == 0:
        found.writes = (number,)
        if number == SP:
            found.stack_from, found.stack_add = source, True


def _narrow_miscellaneous(found, half):
    """0xb000..0xbfff."""
    if half & 0xFF80 == 0xB000:
        found.pushed_bytes = -(half & 0x7F) * 4
    elif half & 0xFF80 == 0xB080:
        found.pushed_bytes = (half & 0x7F) * 4
    elif half & 0xFE00 == 0xB400:
        found.pushes = _registers(half & 0xFF | half << 6 & 0x4000)
        found.pushed_bytes = 4 * len(found.pushes)
    elif half & 0xFE00 == 0xBC00:
        found.pops = _registers(half & 0xFF | half << 7 & 0x8000)
        found.pushed_bytes = -4 * len(found.pops)
        found.writes = found.pops
        if PC in found.pops:
            found.kind = RETURN
    elif half & 0xF500 == 0xB100:
        found.kind = BRANCH
        found.target = found.address + 4 + (half >> 2 & 0x3E) + (half >> 3 & 0x40)
    elif half & 0xFF00 == 0xBF00 and half & 0xF:
        mask = half & 0xF
        found.it_count = 4 - (mask & -mask).bit_length() + 1
    elif half & 0xFF00 == 0xB200 or half & 0xFF00 == 0xBA00:
        found.writes = (half & 7,)


def _narrow(found, half):
    if half < 0x4800:
        _narrow_data(found, half)
    elif half < 0x5000:
        found.register = half >> 8 & 7
        found.literal = (found.address + 4 & ~3) + (half & 0xFF) * 4
        found.writes = (found.register,)
    elif half < 0xA000:
        is_load = half >> 9 & 7 >= 3 if half < 0x6000 else half & 0x800
        if half >= 0x9000:
            if is_load:
                found.writes = (half >> 8 & 7,)
        elif is_load:
            found.writes = (half & 7,)
    elif half < 0xB000:
        number = half >> 8 & 7
        found.writes = (number,)
        if half < 0xA800:
            found.constant = (number, (found.address + 4 & ~3) + (half & 0xFF) * 4)
        else:
            found.move = (number, SP, (half & 0xFF) * 4)
    elif half < 0xC000:
        _narrow_miscellaneous(found, half)
    elif half < 0xD000:
        base = half >> 8 & 7
        found.writes = (base,) + (_registers(half & 0xFF) if half & 0x800 else ())
    elif half < 0xE000:
        condition = half >> 8 & 0xF
        if condition == 14:
            found.kind = STOP
        elif condition < 14:
            found.kind = BRANCH
            found.target = found.address + 4 + _signed(half & 0xFF, 8) * 2
    else:
        found.kind = JUMP
        found.target = found.address + 4 + _signed(half & 0x7FF, 11) * 2


def _low_overhead_loop(found, first, second):
    """WLS, DLS, LE of ARMv8.1-M and what they have for vectors."""
    offset = (second >> 1 & 0x3FF) << 2 | (second >> 11 & 1) << 1
    found.writes = (LR,)
    if not second & 0x2000:
        found.kind = BRANCH
        is_end = first & 0xFFCF == 0xF00F
        found.target = found.address + 4 + (-offset if is_end else offset)


def _wide_branch(found, first, second):
    sign = first >> 10 & 1
    j1, j2 = second >> 13 & 1, second >> 11 & 1
    if second & 0x5000 == 0:
        if first >> 6 & 0xF >= 14:
            return  # MSR, MRS, barriers, hints
        offset = (sign << 20 | j2 << 19 | j1 << 18 | (first & 0x3F) << 12 | (second & 0x7FF) << 1)
        found.kind = BRANCH
        found.target = found.address + 4 + _signed(offset, 21)
        return
    if second & 0xD001 == 0xC001:
        _low_overhead_loop(found, first, second)
        return
    i1, i2 = 1 - (j1 ^ sign), 1 - (j2 ^ sign)
    offset = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    found.target = found.address + 4 + _signed(offset, 25)
    found.kind = CALL if second & 0x4000 else JUMP


def _wide_multiple(found, first, second):
    """LDM, STM."""
    base, writes_back = first & 0xF, bool(first & 0x20)
    listed = _registers(second)
    is_load = bool(first & 0x10)
    if base == SP and writes_back:
        if is_load:
            found.pops, found.pushed_bytes = listed, -4 * len(listed)
        else:
            found.pushes, found.pushed_bytes = listed, 4 * len(listed)
    found.writes = (listed if is_load else ()) + ((base,) if writes_back and base != SP else ())
    if is_load and PC in listed:
        found.kind = RETURN if base == SP else JUMP_MEMORY


def _wide_dual(found, first, second):
    """LDRD, STRD, exclusive accesses, TBB, TBH."""
    base, is_load = first & 0xF, bool(first & 0x10)
    pre, up, writes_back = first >> 8 & 1, first >> 7 & 1, first >> 5 & 1
    if first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000:
        found.kind, found.register = TABLE, base
        found.size = 4
        return
    if is_load:
        found.writes = (second >> 12, second >> 8 & 0xF)
    elif not pre and not writes_back:
        found.writes = (second & 0xF, second >> 8 & 0xF)  # STREX's status
    if writes_back:
        if base == SP:
            distance = (second & 0xFF) * 4
            found.pushed_bytes = -distance if up else distance
            if is_load and not pre:
                found.pops = (second >> 12, second >> 8 & 0xF)
            elif not is_load and pre:
                found.pushes = (second >> 12, second >> 8 & 0xF)
        else:
            found.writes += (base,)


def _wide_immediate(found, first, second):
    """Data processing with an immediate."""
    number, base = second >> 8 & 0xF, first & 0xF
    imm12 = first << 1 & 0x800 | second >> 4 & 0x700 | second & 0xFF
    imm16 = base << 12 | imm12
    operation = first >> 4 & 0x3F
    found.writes = (number,) if number != PC else ()
    amount = None
    if first & 0x200:  # plain binary immediates
        if operation & 0x3E == 0x24 and not first & 0x10:
            found.constant = (number, imm16)
        elif operation == 0x2C:
            found.high_half = (number, imm16)
        elif operation == 0x20:
            amount = imm12
        elif operation == 0x2A:
            amount = -imm12
    elif operation >> 1 == 8:
        amount = expanded_immediate(imm12)
    elif operation >> 1 == 13:
        amount = -expanded_immediate(imm12)
    elif operation >> 1 == 2 and base == PC:
        found.constant = (number, expanded_immediate(imm12))
    elif operation >> 1 == 3 and base == PC:
        found.constant = (number, ~expanded_immediate(imm12) & 0xFFFFFFFF)
    if amount is not None and base == PC and first & 0x200:
        found.constant = (number, (found.address + 4 & ~3) + amount)
    elif amount is not None and number != PC:
        found.move = (number, base, amount)
        if number == SP and base == SP:
            found.pushed_bytes, found.move, found.writes = -amount, None, ()
        elif number == SP:
            found.stack_from, found.stack_add = base, False


def _wide_register(found, first, second):
    """Data processing with a register."""
    number, base, operand = second >> 8 & 0xF, first & 0xF, second & 0xF
    operation = first >> 5 & 0xF
    found.writes = (number,) if number != PC else ()
    plain = second & 0x70F0 == 0
    if operation == 2 and base == PC and plain:  # MOV.W
        found.move = (number, operand, 0)
        if number == SP:
            found.stack_from, found.stack_add = operand, False
    elif number == SP:
        found.stack_from, found.stack_add = operand, None  # a sum that is not followed
    elif operation in (8, 13):
        found.sum_of = (number, base)


def _wide_single(found, first, second):
    """Loads and stores of one register."""
    base, number = first & 0xF, second >> 12
    is_load, is_word = bool(first & 0x10), first >> 5 & 3 == 2
    if is_load and base == PC:
        if is_word:
            offset = second & 0xFFF if first & 0x80 else -(second & 0xFFF)
            found.register, found.literal = number, (found.address + 4 & ~3) + offset
    elif not first & 0x80 and second & 0x800 and second & 0x100:
        distance = second & 0xFF
        up, pre = second >> 9 & 1, second >> 10 & 1
        if base == SP:
            found.pushed_bytes = -distance if up else distance
            if is_word and is_load and not pre and up and distance == 4:
                found.pops = (number,)
            elif is_word and not is_load and pre and not up and distance == 4:
                found.pushes = (number,)
        else:
            found.writes = (base,)
    if is_load:
        found.writes += (number,)
        if number == PC and is_word:
            pops = base == SP and found.pushed_bytes < 0
            found.kind = RETURN if pops else JUMP_MEMORY


def _wide(found, first, second):
    found.size = 4
    if first & 0xFE00 == 0xE800:
        if first & 0x40:
            _wide_dual(found, first, second)
        else:
            _wide_multiple(found, first, second)
    elif first & 0xFE00 == 0xEA00:
        _wide_register(found, first, second)
    elif first & 0xF800 == 0xF000:
        if second & 0x8000:
            _wide_branch(found, first, second)
        else:
            _wide_immediate(found, first, second)
    elif first & 0xFE00 == 0xF800:
        _wide_single(found, first, second)
    elif first & 0xFE00 == 0xFA00:
        found.writes = (second >> 8 & 0xF, second >> 12)  # long products have a second one
    elif first & 0xFFBF in (0xED2D, 0xECBD) and second & 0xE00 == 0xA00:  # VPUSH, VPOP
        count = second & 0xFF
        found.pushed_bytes = count * 4 if first & 0xFFBF == 0xED2D else -count * 4
    elif first & 0xFC00 in (0xEC00, 0xFC00) and first & 0x200 == 0 and first & 0xF == SP and first & 0x20 and (
            second & 0x1E00 in (0x1E00, 0xE00)):  # VSTR, VLDR of MVE that write the stack pointer back
        distance = (second & 0x7F) << (second >> 7 & 3)
        found.pushed_bytes = -distance if first & 0x80 else distance
    elif first & 0xEE00 == 0xEE00:
        found.writes = (second >> 12,)  # VMOV, MRC


def decode(data, offset, address):
    """The instruction at data[offset:], which lies at `address`; None iff the bytes end there."""
    if offset + 2 > len(data):
        return None
    first = struct.unpack_from("<H", data, offset)[0]
    found = Instruction(address)
    if first >> 11 < 0x1D:
        _narrow(found, first)
        return found
    if offset + 4 > len(data):
        return None
    _wide(found, first, struct.unpack_from("<H", data, offset + 2)[0])
    return found


def sweep(data, address):
    """Yields the instructions of a stretch of code, those behind IT marked as conditional."""
    offset = left = 0
    while True:
        found = decode(data, offset, address + offset)
        if found is None:
            return
        found.is_conditional = left > 0
        left = found.it_count or max(left - 1, 0)
        yield found
        offset += found.size
