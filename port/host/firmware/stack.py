# SPDX-License-Identifier: MIT
"""How deep the stack grows below a function's entry, from its instructions and those of all that it calls.

Every path is followed with the stack pointer's distance, through calls, through jumps into other functions, and
through registers and stack words that are known to hold a function's address, which is how the allocator's
routines in assembly are told where to go on. What is not followed is said: calls through other pointers,
recursion, frames of a size that is decided at run time.
"""

import struct

from . import elf_file, thumb

STATES_PER_INSTRUCTION_MAX = 8
LOOK_BACK = 12
# GCC's helpers for switch on ARMv6-M: behind the call lies a table, of offsets in halfwords; si: in bytes.
SWITCH_HELPERS = {"__gnu_thumb1_case_uqi": (1, False), "__gnu_thumb1_case_sqi": (1, True),
                  "__gnu_thumb1_case_uhi": (2, False), "__gnu_thumb1_case_shi": (2, True),
                  "__gnu_thumb1_case_si": (4, True)}
SCRATCH = (0, 1, 2, 3, 12, thumb.LR)  # registers that a call does not preserve


class Depth:
    """bytes: the most that lies below the entry's stack pointer. chain: [(function, bytes at its entry)] on the
    way there. open_ends: {sentence} of what is not counted."""

    def __init__(self):
        self.bytes = 0
        self.chain = []
        self.open_ends = set()

    def take(self, depth, chain):
        if depth > self.bytes:
            self.bytes, self.chain = depth, chain


class _State:
    """Where a path stands. Registers and stack words hold integers, ("sp", depth), or are unknown."""

    __slots__ = ("address", "depth", "registers", "words")

    def __init__(self, address, depth, registers, words):
        self.address, self.depth, self.registers, self.words = address, depth, registers, words

    def key(self):
        return (self.depth, frozenset(self.registers.items()), frozenset(self.words.items()))


class Stack:
    """Answers for one firmware; remembers what it found."""

    def __init__(self, code, without=()):
        """without: names of functions whose calls are left out."""
        self.code = code
        self.without = frozenset(without)
        self._known = {}
        self._open = []
        self._instructions = {}

    def worst(self, function):
        """The Depth below the function's entry."""
        return self._worst(function.address, {})

    def frame(self, function):
        """The bytes that the function's own instructions take at most, None iff not known: what GCC's
        -fstack-usage says."""
        return self._walk(function.address, {}, function).bytes

    def _instruction(self, address):
        if not self._instructions:
            for function in self.code.functions:
                for found in function.code:
                    self._instructions[found.address] = found
        return self._instructions.get(address)

    def _worst(self, address, registers):
        key = (address, frozenset(registers.items()))
        if key in self._known:
            return self._known[key]
        if address in self._open:
            depth = Depth()
            names = [self._name(other) for other in self._open[self._open.index(address):]]
            depth.open_ends.add("recursion of " + ", ".join(dict.fromkeys(names)))
            return depth
        self._open.append(address)
        try:
            depth = self._walk(address, registers)
        finally:
            self._open.pop()
        # What was cut short by a recursion further up is not the last word on an inner function.
        if not self._open or not any(end.startswith("recursion") for end in depth.open_ends):
            self._known[key] = depth
        return depth

    def _name(self, address):
        function = self.code.function_at(address)
        return function.name if function else f"{address:#x}"

    def _walk(self, address, registers, within=None):
        """Follows all paths from the address. within: leave out callees, and what is outside of a function."""
        result = Depth()
        start = self.code.function_at(address)
        result.chain = [(start.name if start else f"{address:#x}", 0)]
        seen = {}
        todo = [_State(address, 0, dict(registers), {})]
        while todo:
            state = todo.pop()
            here = self.code.function_at(state.address)
            if within is not None and here is not within:
                continue
            if here is not None and here is not start and self.without.intersection(here.names):
                continue
            states = seen.setdefault(state.address, set())
            if len(states) >= STATES_PER_INSTRUCTION_MAX:
                state.registers, state.words = {}, {}
            key = state.key()
            if key in states:
                continue
            if len(states) > 4 * STATES_PER_INSTRUCTION_MAX:
                result.open_ends.add(f"a stack of growing depth in {self._name(state.address)}")
                continue
            states.add(key)
            found = self._instruction(state.address)
            if found is None:
                result.open_ends.add(f"no code is known at {state.address:#x}, reached from {start}")
                continue
            todo += self._step(state, found, result, here, within)
        return result

    def _chain(self, result, here, depth):
        """The way to `here`, where that is not the function that the walk began in."""
        if here is None or result.chain[0][0] == here.name:
            return result.chain[:1]
        return [*result.chain[:1], (here.name, depth)]

    def _step(self, state, found, result, here, within):
        """Returns the states that follow."""
        before = (dict(state.registers), dict(state.words), state.depth)
        self._apply(state, found, result)
        result.take(state.depth, self._chain(result, here, before[2]))
        following = []
        helper = self.code.function_at(found.target) if found.kind == thumb.CALL else None
        if helper is not None and helper.name in SWITCH_HELPERS:
            following += [_State(target, state.depth, dict(state.registers), dict(state.words))
                          for target in self._helper_s_table(found, here, *SWITCH_HELPERS[helper.name])]
        elif found.kind in (thumb.CALL, thumb.CALL_REGISTER):
            self._call(state, found, result, here, within)
            following.append(self._next(state, found, self._after_call(state)))
        elif found.kind == thumb.BRANCH:
            following.append(_State(found.target, state.depth, dict(state.registers), dict(state.words)))
            following.append(self._next(state, found, state.registers))
        elif found.kind == thumb.JUMP:
            following.append(_State(found.target, state.depth, state.registers, state.words))
        elif found.kind == thumb.JUMP_REGISTER:
            target = state.registers.get(found.register)
            if self._is_code(target):
                following.append(_State(target & ~1, state.depth, state.registers, state.words))
                targets = [target]
            else:
                targets = self._address_table(here)
                following += [_State(target, state.depth, dict(state.registers), dict(state.words))
                              for target in targets]
            if not targets:
                result.open_ends.add(f"where {here.name if here else '?'} goes through a pointer")
        elif found.kind == thumb.TABLE:
            following += [_State(target, state.depth, dict(state.registers), dict(state.words))
                          for target in self._table(found, here)]
        elif found.kind == thumb.JUMP_BY_SUM:
            following += [_State(target, state.depth, dict(state.registers), dict(state.words))
                          for target in self._up_to_return(found, here)]
        elif found.kind == thumb.JUMP_MEMORY:
            target = found.literal and self.code.firmware.word_at(found.literal)
            if self._is_code(target):
                following.append(_State(target & ~1, state.depth, state.registers, state.words))
            else:
                result.open_ends.add(f"where {here.name if here else '?'} goes through a pointer")
        elif found.kind == thumb.OTHER:
            following.append(self._next(state, found, state.registers))
        if found.is_conditional and found.kind not in (thumb.CALL, thumb.CALL_REGISTER, thumb.OTHER,
                                                       thumb.BRANCH):
            following.append(_State(found.address + found.size, before[2], before[0], before[1]))
        return following

    @staticmethod
    def _next(state, found, registers):
        return _State(found.address + found.size, state.depth, dict(registers), state.words)

    @staticmethod
    def _after_call(state):
        return {number: value for number, value in state.registers.items() if number not in SCRATCH}

    def _is_code(self, value):
        return isinstance(value, int) and value & 1 and self._instruction(value & ~1) is not None

    def _call(self, state, found, result, here, within):
        if within is not None:
            return
        target = found.target
        if found.kind == thumb.CALL_REGISTER:
            target = state.registers.get(found.register)
            if not self._is_code(target):
                result.open_ends.add(f"what {here.name if here else '?'} calls through a pointer")
                return
            target &= ~1
        callee = self.code.function_at(target)
        if callee is not None and self.without.intersection(callee.names):
            return
        arguments = {number: value for number, value in state.registers.items()
                     if number in (0, 1, 2, 3, 12) and self._is_code(value)}
        below = self._worst(target, arguments)
        result.open_ends |= below.open_ends
        way = self._chain(result, here, state.depth)
        result.take(state.depth + below.bytes,
                    way + [(name, state.depth + depth) for name, depth in below.chain])

    def _up_to_return(self, found, here):
        """Where ADD PC may lead: into a row of instructions, which ends with the function's next return."""
        targets, address = [], found.address + 4
        while here is not None and address < here.end:
            instruction = self._instruction(address)
            if instruction is not None:
                targets.append(address)
                if instruction.kind == thumb.RETURN:
                    return targets
            address += instruction.size if instruction is not None else 2
        return []

    def _table(self, found, here):
        """The targets of TBB and TBH: the table ends where the first target begins."""
        if found.register != thumb.PC or here is None:
            return []
        is_half = self.code.firmware.bytes_at(found.address + 2, 1)[0] & 0x10
        return self._targets(found.address + 4, here, 2 if is_half else 1, False, 2)

    def _helper_s_table(self, found, here, size, is_signed):
        """The targets of a switch for ARMv6-M; there the table may lie between them."""
        start = found.address + 4
        return self._targets(start + 3 & ~3, here, 4, True, 1) if size == 4 else \
            self._targets(start, here, size, is_signed, 2)

    def _address_table(self, here):
        """The targets of a switch that loads an address of its own function from a table among the constants."""
        targets = []
        for _, table in here.words if here is not None else ():
            run = []
            while (value := self.code.firmware.word_at(table + 4 * len(run))) is not None and \
                    here.address < value & ~1 < here.end and self._instruction(value & ~1):
                run.append(value & ~1)
            targets += run if len(run) > 1 else []
        return targets

    def _targets(self, start, here, size, is_signed, unit):
        """Where the entries of a table lead. It ends where the first target behind it begins."""
        targets, lowest, at = [], here.end, start
        while at < lowest and (self._instruction(at) is None or not targets):
            part = self.code.firmware.bytes_at(at, size)
            target = start + unit * int.from_bytes(part, "little", signed=is_signed)
            if here.address <= target < here.end and self._instruction(target):
                targets.append(target)
                if target > start:
                    lowest = min(lowest, target)
            at += size
        return targets

    def _apply(self, state, found, result):
        """What the instruction does to the stack pointer and to values that are known."""
        registers = state.registers
        moved = None
        if found.move:
            number, source, amount = found.move
            value = ("sp", state.depth) if source == thumb.SP else registers.get(source)
            if isinstance(value, tuple):
                moved = (number, ("sp", value[1] - amount))
            elif isinstance(value, int):
                moved = (number, value + amount & 0xFFFFFFFF)
        elif found.sum_of and self._is_code(registers.get(found.sum_of[1])):
            # A jump into a run of instructions; those behind its start are followed from there.
            moved = (found.sum_of[0], registers[found.sum_of[1]])
        self._push(state, found)
        if found.stack_from is not None:
            self._set_stack(state, found, result)
        for number in found.writes:
            if number not in found.pops:
                registers.pop(number, None)
        if found.is_conditional:
            for number in found.writes:
                registers.pop(number, None)
            return
        if moved and moved[0] != thumb.SP:
            registers[moved[0]] = moved[1]
        if found.literal is not None and found.register is not None and found.register != thumb.PC:
            value = self.code.firmware.word_at(found.literal)
            if value is not None and (self._is_code(value) or value >= 0xFFFF0000):
                registers[found.register] = value
        if found.constant and self._is_code(found.constant[1]):
            registers[found.constant[0]] = found.constant[1]
        if found.high_half:
            registers.pop(found.high_half[0], None)

    @staticmethod
    def _push(state, found):
        for index, number in enumerate(found.pushes):
            place = state.depth + found.pushed_bytes - 4 * index
            if number in state.registers:
                state.words[place] = state.registers[number]
            else:
                state.words.pop(place, None)
        if found.pops:
            for index, number in enumerate(found.pops):
                place = state.depth - 4 * index
                value = state.words.get(place)
                if value is None:
                    state.registers.pop(number, None)
                else:
                    state.registers[number] = value
        state.depth += found.pushed_bytes
        state.words = {place: value for place, value in state.words.items() if place <= state.depth}

    def _constant_before(self, address, number):
        """What the instructions in front of the address put into a register, in the ways in which compilers make
        the size of a large frame for ARMv6-M; None if in another one."""
        function = self.code.function_at(address)
        steps = []
        for found in reversed([found for found in function.code if found.address < address][-LOOK_BACK:]):
            if number not in found.writes:
                continue
            if found.literal is not None:
                value = self.code.firmware.word_at(found.literal)
            elif found.constant is not None and found.size == 2:
                value = found.constant[1]
            elif found.shift and found.shift[1] == number or found.negated and found.negated[1] == number or \
                    found.move and found.move[1] == number:
                steps.append(found)
                continue
            else:
                return None
            for step in reversed(steps):
                value = value << step.shift[2] if step.shift else -value if step.negated else value + step.move[2]
            return value & 0xFFFFFFFF if value is not None else None
        return None

    def _set_stack(self, state, found, result):
        value = state.registers.get(found.stack_from)
        if found.stack_add and value is None:
            value = self._constant_before(found.address, found.stack_from)
        if found.stack_add and isinstance(value, int):
            state.depth -= struct.unpack("<i", struct.pack("<I", value))[0]
        elif found.stack_add is False and isinstance(value, tuple):
            amount = found.move[2] if found.move else 0
            state.depth = value[1] - amount
        else:
            function = self.code.function_at(found.address)
            result.open_ends.add(f"a frame of unknown size in {function.name if function else '?'}")
