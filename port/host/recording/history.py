# SPDX-License-Identifier: MIT
"""What lived when: follows a recording's operations from block to block."""

from recording import file_format as form


class Block:
    """A live block, or one that was. A realloc ends a block and begins the next, its `successor`."""

    __slots__ = ("address", "bytes", "caller", "kind", "alignment", "born", "born_tick", "died", "died_tick",
                 "died_caller", "successor")

    def __init__(self, operation, address):
        self.address = address
        self.bytes = operation.bytes
        self.caller = operation.caller
        self.kind = operation.kind
        self.alignment = operation.alignment
        self.born, self.born_tick = operation.ordinal, operation.tick
        self.died = self.died_tick = self.died_caller = self.successor = None


class History:
    """Apply operations one by one; `live` is {address: Block} after the last one applied."""

    def __init__(self, recording):
        self.is_whole = recording.is_whole
        self.pools_serve = recording.pools_serve
        self.live = {}
        self.live_bytes = self.peak_live_bytes = 0
        self.failures = 0
        self.unknown = []  # operations on addresses at which no block is known to live
        self.overlaps = []  # operations that returned the address of a block that was live
        # {address: [Block]} whose realloc is under way: one may interrupt another, whose address it has got.
        self._moving = {}

    def apply(self, operation):
        """Returns (the Block that ended or None, the Block that began or None)."""
        kind = operation.kind
        if kind == form.FREE:
            return self._end(operation, self._take(operation)), None
        if kind == form.REALLOC:
            return self._realloc(operation)
        if kind == form.REALLOC_BEGINS:
            block = self.live.pop(operation.address, None)
            if block is not None:
                self._moving.setdefault(operation.address, []).append(block)
            return None, None
        if kind == form.OTHER:
            self._forget(operation)
            return None, None
        if operation.result == 0:
            self.failures += operation.bytes != 0 or self.pools_serve
            return None, None
        return None, self._begin(operation)

    def _moved(self, address):
        """The block whose realloc at the address ends now; None = none began."""
        waiting = self._moving.get(address)
        return waiting.pop() if waiting else None

    def _take(self, operation):
        """The live block at the operation's address, taken from the live ones; None, noted, iff there is none."""
        block = self._moved(operation.address) if operation.kind == form.REALLOC else None
        block = block or self.live.pop(operation.address, None)
        if block is None:
            self.unknown.append(operation)
        return block

    def _end(self, operation, block):
        if block is not None:
            block.died, block.died_tick, block.died_caller = operation.ordinal, operation.tick, operation.caller
            self.live_bytes -= block.bytes
        return block

    def _begin(self, operation):
        stale = self.live.pop(operation.result, None)
        if stale is not None:
            self.overlaps.append(operation)
            self._end(operation, stale)
        block = self.live[operation.result] = Block(operation, operation.result)
        self.live_bytes += block.bytes
        self.peak_live_bytes = max(self.peak_live_bytes, self.live_bytes)
        return block

    def _realloc(self, operation):
        frees = operation.result == 0 and operation.bytes == 0 and not self.pools_serve
        if operation.result == 0 and not frees:
            self.failures += 1
            block = self._moved(operation.address)
            if block is not None:
                self.live[operation.address] = block
            elif operation.address not in self.live:
                self.unknown.append(operation)
            return None, None
        old = self._end(operation, self._take(operation))
        if frees:
            return old, None
        new = self._begin(operation)
        if old is not None:
            old.successor = new
        return old, new

    def _forget(self, operation):
        end = operation.address + operation.bytes
        for address in [address for address in self.live if operation.address <= address < end]:
            self._end(operation, self.live.pop(address))


def follow(recording, until=None):
    """The History after all operations, or after those whose ordinal is below `until`."""
    history = History(recording)
    for operation in recording.operations:
        if until is not None and operation.ordinal >= until:
            break
        history.apply(operation)
    return history
