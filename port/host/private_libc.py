#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a private copy of a C library's allocator, every name of it prefixed with `libc_`.

The members that make up the allocator are found by the symbols they define, never by their names.
Each is written to the output directory under its own name, renamed with objcopy, and compared with the
original: sections and relocations must be equal but for the names of symbols. The file `members` there
lists what was written, one path a line, for `ar @members`.
"""

import argparse
import io
import os
import subprocess
import sys

try:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
    from elftools.elf.relocation import RelocationSection
    from elftools.elf.sections import SymbolTableSection
except ImportError:
    sys.exit("private_libc: the Python module elftools is missing; Debian: python3-pyelftools")

PREFIX = "libc_"
# Of functions that the port's guard stands in front of, under their names with PREFIX.
GUARDED_PREFIX = "unguarded_libc_"

# Names that the port takes over; a libc without one of them is not one that it knows. newlib has a
# reentrant layer below the public one, picolibc the public one alone.
PUBLIC = "malloc free calloc realloc memalign malloc_usable_size".split()
REENTRANT_LAYER = (
    "_malloc_r _free_r _calloc_r _realloc_r _memalign_r _malloc_usable_size_r _mallinfo_r _mallopt_r"
).split()
WITHOUT_REENTRANT_LAYER = "aligned_alloc posix_memalign mallinfo".split()

# Taken along where they exist.
OPTIONAL = "_valloc_r _pvalloc_r _malloc_trim_r __malloc_update_mallinfo".split()

# Those that take sizes (port/libc_guard.c).
GUARDED = set(
    "malloc calloc realloc memalign aligned_alloc posix_memalign "
    "_malloc_r _calloc_r _realloc_r _memalign_r _valloc_r _pvalloc_r".split()
)

# All that the copy may ask of the rest of the library. Anything else could lead back to the original
# allocator, or drag in stdio as the member of `_malloc_stats_r` does.
ALLOWED_UNDEFINED = set(
    "memset memcpy memmove _sbrk_r __malloc_lock __malloc_unlock _impure_ptr errno __errno "
    "_GLOBAL_OFFSET_TABLE_ sbrk __retarget_lock_acquire_recursive __retarget_lock_release_recursive "
    "__lock___libc_recursive_mutex".split()
)


class Refusal(Exception):
    """A sentence for the user."""


def archive_members(path):
    """Yields (name, contents) of a GNU `ar` archive."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Refusal(
            f"{path}: {error.strerror}; is this libc installed for this compiler and CPU?"
        ) from None
    if not data.startswith(b"!<arch>\n"):
        raise Refusal(f"{path}: is no ar archive")
    offset, long_names = 8, b""
    while offset < len(data):
        header = data[offset : offset + 60]
        if len(header) < 60 or header[58:60] != b"`\n":
            raise Refusal(f"{path}: bad archive header at byte {offset}")
        try:
            size = int(header[48:58])
        except ValueError:
            raise Refusal(f"{path}: bad member size at byte {offset}") from None
        body = data[offset + 60 : offset + 60 + size]
        if len(body) != size:
            raise Refusal(f"{path}: archive ends inside the member at byte {offset}")
        name = header[:16].rstrip()
        if name == b"//":
            long_names = body
        elif name not in (b"/", b"/SYM64/"):
            if name.startswith(b"/"):
                start = int(name[1:])
                name = long_names[start : long_names.index(b"\n", start)]
            yield name.rstrip(b"/").decode("ascii", "replace"), body
        offset += 60 + size + size % 2


def symbols_of(elf):
    table = elf.get_section_by_name(".symtab")
    return list(table.iter_symbols()) if isinstance(table, SymbolTableSection) else []


def is_global(symbol):
    return symbol.entry.st_info.bind in ("STB_GLOBAL", "STB_WEAK") and symbol.name


def defined_and_undefined(body):
    defined, undefined = set(), set()
    for symbol in symbols_of(ELFFile(io.BytesIO(body))):
        if is_global(symbol):
            (undefined if symbol.entry.st_shndx == "SHN_UNDEF" else defined).add(symbol.name)
    return defined, undefined


def choose_members(path, guarded=False):
    """Returns [(member name, contents)] that define the allocator, and the renaming."""
    members, definers = [], {}
    names = [
        symbol.encode() + b"\0"
        for symbol in PUBLIC + REENTRANT_LAYER + WITHOUT_REENTRANT_LAYER + OPTIONAL
    ]
    for name, body in archive_members(path):
        # Most members name none of them, and need not be taken apart.
        if not body.startswith(b"\x7fELF") or not any(symbol in body for symbol in names):
            continue
        defined, undefined = defined_and_undefined(body)
        members.append((name, body, defined, undefined))
        for symbol in defined:
            definers.setdefault(symbol, []).append(name)
    reentrant = any(symbol in definers for symbol in REENTRANT_LAYER)
    required = PUBLIC + (REENTRANT_LAYER if reentrant else WITHOUT_REENTRANT_LAYER)
    for symbol in required + OPTIONAL:
        found = definers.get(symbol, [])
        if not found and symbol in required:
            raise Refusal(f"{path}: no member defines {symbol}; this libc's allocator is unknown")
        if len(found) > 1:
            raise Refusal(f"{path}: {symbol} is defined twice, by {' and '.join(found)}")
    wanted = {definers[s][0] for s in required + OPTIONAL if s in definers}
    chosen = [member for member in members if member[0] in wanted]
    if len(chosen) != len(wanted):
        raise Refusal(f"{path}: two members of the allocator have the same file name")
    renaming = {s: (GUARDED_PREFIX if guarded and s in GUARDED else PREFIX) + s
                for _, _, defined, _ in chosen for s in defined}
    for name, _, _, undefined in chosen:
        strange = undefined - set(renaming) - ALLOWED_UNDEFINED
        strange = sorted(s for s in strange if not s.startswith("__aeabi_"))
        if strange:
            raise Refusal(
                f"{path}: {name} refers to {', '.join(strange)}, which a private copy must not need"
            )
    return [(name, body) for name, body, _, _ in chosen], renaming


def describe_symbol(elf, symbol, renaming):
    entry = symbol.entry
    where = entry.st_shndx
    if isinstance(where, int):
        where = elf.get_section(where).name
    name = renaming.get(symbol.name, symbol.name) if is_global(symbol) else symbol.name
    return (name, entry.st_value, entry.st_size, entry.st_info.bind, entry.st_info.type, where)


def describe(body, renaming):
    """Returns everything in an object that must survive the renaming, as comparable values."""
    elf = ELFFile(io.BytesIO(body))
    symbols = symbols_of(elf)
    sections, relocations = [], {}
    for section in elf.iter_sections():
        if isinstance(section, RelocationSection):
            relocations[section.name] = [
                (
                    r["r_offset"],
                    r["r_info_type"],
                    r["r_addend"] if section.is_RELA() else None,
                    describe_symbol(elf, symbols[r["r_info_sym"]], renaming),
                )
                for r in section.iter_relocations()
            ]
        elif section.name not in (".symtab", ".strtab", ".shstrtab"):
            header = section.header
            data = b"" if header.sh_type == "SHT_NOBITS" else section.data()
            if header.sh_type != "SHT_NULL":
                sections.append(
                    (section.name, header.sh_type, header.sh_flags, header.sh_size,
                     header.sh_addralign, header.sh_entsize, data)
                )
    return {
        "sections": sections,
        "relocations": relocations,
        "symbols": sorted(map(str, (describe_symbol(elf, s, renaming) for s in symbols))),
    }


def rename(name, body, renaming, objcopy, directory):
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(body)
    names = os.path.join(directory, "names")
    try:
        subprocess.run([objcopy, f"--redefine-syms={names}", path], check=True)
    except FileNotFoundError:
        raise Refusal(f"{objcopy}: not found") from None
    except subprocess.CalledProcessError as error:
        raise Refusal(f"{objcopy} failed on {name} with status {error.returncode}") from None
    with open(path, "rb") as file:
        renamed = file.read()
    before, after = describe(body, renaming), describe(renamed, {})
    for part, value in before.items():
        if after[part] != value:
            raise Refusal(f"{name}: {objcopy} changed more than names: the {part} differ")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--libc", required=True, help="libc.a or libc_nano.a of the multilib in use")
    parser.add_argument("--objcopy", default="arm-none-eabi-objcopy")
    parser.add_argument("--output", required=True, help="directory for the renamed members")
    parser.add_argument("--guarded", action="store_true",
                        help=f"names of functions that take sizes get {GUARDED_PREFIX} instead")
    arguments = parser.parse_args()
    try:
        chosen, renaming = choose_members(arguments.libc, arguments.guarded)
        os.makedirs(arguments.output, exist_ok=True)
        with open(os.path.join(arguments.output, "names"), "w", encoding="ascii") as file:
            file.writelines(f"{old} {new}\n" for old, new in sorted(renaming.items()))
        paths = [
            rename(name, body, renaming, arguments.objcopy, arguments.output)
            for name, body in chosen
        ]
        with open(os.path.join(arguments.output, "members"), "w", encoding="ascii") as file:
            file.writelines(f"{path}\n" for path in paths)
    except Refusal as refusal:
        sys.exit(f"private_libc: {refusal}")
    except (ELFError, ValueError, IndexError) as error:
        sys.exit(f"private_libc: {arguments.libc}: damaged object in the archive: {error}")
    except OSError as error:
        sys.exit(f"private_libc: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
