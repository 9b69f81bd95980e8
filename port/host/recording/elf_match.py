# SPDX-License-Identifier: MIT
"""Whether a recording was made by the firmware of an ELF file: the code at its callers is the same."""

import pathlib
import struct

from firmware.elf_file import Firmware, ImageError
from recording.file_format import RecordingError


def load_firmware(path):
    """Reads an ELF file; raises RecordingError, with a sentence, iff it is none of a Cortex-M."""
    try:
        return Firmware(pathlib.Path(path).read_bytes())
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from None
    except ImageError as error:
        raise RecordingError(f"{path}: {error}") from None


def _refuse(recording, path, why):
    raise RecordingError(f"{recording.name}: was not recorded by the firmware {path}: {why}")


def check(recording, firmware, path):
    """Raises RecordingError iff the firmware cannot have made the recording."""
    for name, recorded in (("malloc", recording.malloc_address), ("free", recording.free_address)):
        found = firmware.value(name)
        if found is not None and found[1] & ~1 != recorded & ~1:
            _refuse(recording, path, f"there {name} was at 0x{recorded & ~1:08x}, here it is at 0x{found[1] & ~1:08x}")
    for address, code in sorted(recording.callers.items()):
        here = firmware.bytes_at((address & ~1) - 4, 4)
        if code and here != struct.pack("<I", code):
            _refuse(recording, path, f"the call that returns to 0x{address & ~1:08x} has other code there")
