# SPDX-License-Identifier: MIT
"""What a build takes of the advice: a linker value in two forms, and a header for pools/geometry.h."""

import re

GEOMETRY_NAMES = ("POOLS_PLENTY_CHUNK_PARTS", "POOLS_CARVE_SHIFT", "POOLS_END_CUT_BYTES", "POOLS_DRAIN_LOOKS",
                  "POOLS_BIN_TRIES")


def default_geometry(repository):
    """The numbers that may be set, {name: value}, as geometry.h has them."""
    text = (repository / "pools" / "geometry.h").read_text("utf-8")
    return {name: int(re.search(rf"#define {name}\s+(\d+)u", text).group(1))
            for name in GEOMETRY_NAMES}


def geometry_header(values, about):
    lines = [f"#undef {name}\n#define {name} {value}u" for name, value in values.items()]
    return "\n".join(["/* SPDX-License-Identifier: MIT */", f"/* {about} */", *lines]) + "\n"


def write(folder, shape, geometry, about):
    """Returns the files written. about: a sentence for their heads."""
    folder.mkdir(parents=True, exist_ok=True)
    symbol = "__obmalloc_arena_size"
    texts = {
        # For INCLUDE in a linker script, in front of that of obmalloc.ld.
        "arena.ld": f"/* SPDX-License-Identifier: MIT */\n/* {about} */\n{symbol} = {shape.arena_bytes};\n",
        # For the link line, as @build/tune/arena.opt.
        "arena.opt": f"-Wl,--defsym={symbol}={shape.arena_bytes}\n",
        # For OBMALLOC_GEOMETRY of obmalloc.mk.
        "geometry.h": geometry_header(geometry, about),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]
