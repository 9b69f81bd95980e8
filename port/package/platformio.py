# SPDX-License-Identifier: MIT
"""library.json's extraScript: which files PlatformIO compiles, how, and what the project's link needs.

All of it is asked of obmalloc.mk, by query.mk, with GNU make. SCons runs this file, and gives it Import.
"""

import os
import shlex
import subprocess
import sys

Import("env")  # noqa: F821, SCons' own

PACKAGE = os.getcwd()


def flag_words(environment, names):
    """The compiler's flags among SCons' variables, as words; some of them are lists of words."""
    words = []
    for name in names:
        for item in environment.get(name, []):
            words += shlex.split(environment.subst(item if isinstance(item, str) else " ".join(item)))
    return words


# What obmalloc.mk can be told besides, as OBMALLOC_NAME; in platformio.ini custom_obmalloc_name = VALUE.
CHOICES = ("GEOMETRY", "GUARD_LIBC", "LIBC_RESERVE", "LOCK", "LOCK_BASEPRI", "TIER", "WATCH")


def chosen(options):
    """The words for make of what the project's environment sets."""
    values = {name: options.GetProjectOption(f"custom_obmalloc_{name.lower()}", "") for name in CHOICES}
    return [f"OBMALLOC_{name}={value}" for name, value in values.items() if value]


def defined(words):
    """SCons' form of -DNAME and -DNAME=VALUE, which keeps the quotes of a text."""
    pairs = [word.removeprefix("-D").partition("=") for word in words]
    return [(name, env.StringifyMacro(value.strip('"')) if value.startswith('"') else value or "1")  # noqa: F821
            for name, _, value in pairs]


def query(cpu, libc, build):
    """Returns {name: words} as query.mk prints them; ends the build with make's sentence iff it refuses."""
    command = ["make", "-s", "--no-print-directory", "-f", os.path.join(PACKAGE, "query.mk"),
               f"OBMALLOC_CPU={' '.join(cpu)}", f"OBMALLOC_LIBC={libc}", "OBMALLOC_CFLAGS= ", f"OBMALLOC_BUILD={build}",
               *chosen(project), f"OBMALLOC_PYTHON={sys.executable}", f"CC={env.subst('$CC')}", f"AR={env.subst('$AR')}",
               f"OBJCOPY={env.subst('$OBJCOPY')}"]
    done = subprocess.run(command, env=env["ENV"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"obmalloc: obmalloc.mk cannot be asked:\n{done.stderr}")
    return {name: shlex.split(value) for name, _, value in
            (line.partition("=") for line in done.stdout.splitlines())}


project = DefaultEnvironment()  # noqa: F821, SCons' own
given = flag_words(project, ("CCFLAGS", "CFLAGS", "LINKFLAGS"))
answer = query([word for word in dict.fromkeys(given) if word.startswith("-m")],
               "nano" if any(word.endswith("specs=nano.specs") for word in given) else "newlib",
               os.path.join(project.subst("$BUILD_DIR"), "obmalloc"))
root = os.path.dirname(os.path.dirname(PACKAGE))

# The library's own files.
env.Replace(SRC_FILTER=[f"+<{os.path.relpath(source, root)}>" for source in answer["sources"]])  # noqa: F821
env.Append(CCFLAGS=["-fno-builtin", "-fno-lto"], CPPPATH=answer["includes"],  # noqa: F821
           CPPDEFINES=defined(answer["public"] + answer["defines"]))
# The project's: headers and the tier that they are for, the private copy of newlib's allocator, and the link.
project.Append(CPPDEFINES=defined(answer["public"]), CPPPATH=answer["includes"], LINKFLAGS=answer["link"], LIBPATH=answer["linker"],
               PIOBUILDFILES=[project.File(path) for path in answer["private"]])
