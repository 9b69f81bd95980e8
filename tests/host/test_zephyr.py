# SPDX-License-Identifier: MIT
"""The Zephyr module: module.yml and Kconfig have the form that Zephyr documents, and what its CMakeLists.txt asks of
Zephyr's build makes a firmware that runs under both flags.

Zephyr itself is not here. A handful of CMake functions with the names and arguments of Zephyr's extensions.cmake stand
in for it, and tests/integration/firmware, with an _sbrk as Zephyr's C library glue has one, for the application.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    yaml = None

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "port" / "package"
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import foreign
import user

# Of scripts/schemas/module-schema.yaml: the keys that say where things are, and their kinds.
TOP_KEYS = {"name": str, "build": dict, "tests": list, "samples": list, "boards": list, "blobs": list,
            "security": dict, "package-managers": dict, "runners": list}
BUILD_KEYS = {"cmake": str, "kconfig": str, "cmake-ext": bool, "kconfig-ext": bool, "sysbuild-cmake": str,
              "sysbuild-kconfig": str, "sysbuild-cmake-ext": bool, "sysbuild-kconfig-ext": bool, "depends": list,
              "settings": dict}
# Options of Zephyr's own that the module reads.
ZEPHYR_OPTIONS = {"NEWLIB_LIBC", "NEWLIB_LIBC_NANO", "CPU_CORTEX_M", "SRAM_BASE_ADDRESS", "SRAM_SIZE"}

STAND_IN = """
cmake_minimum_required(VERSION 3.20)
project(application LANGUAGES C ASM)
set(TOOLCHAIN_C_FLAGS -mcpu=cortex-m3 -mthumb -mabi=aapcs -fno-common)
set(application_words -mcpu=cortex-m3 -mthumb SPECS)
CONFIG_LINES
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC)
  target_compile_options(${name} PRIVATE ${application_words} -Os -ffunction-sections -Wall -Wextra -Werror)
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_compile_options)
  target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_compile_options)
  target_compile_options(zephyr_interface INTERFACE ${ARGN})
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
add_library(zephyr_interface INTERFACE)
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${ARGN})
endfunction()
function(zephyr_ld_options)
  target_link_options(zephyr_interface INTERFACE ${ARGN})
endfunction()
function(zephyr_linker_sources location file)
  if(NOT location STREQUAL "RODATA")
    message(FATAL_ERROR "${location}")
  endif()
  file(READ ${file} text)
  file(READ ${CMAKE_SOURCE_DIR}/firmware.ld script)
  string(REPLACE "*(.rodata .rodata.*)" "*(.rodata .rodata.*) ${text}" script "${script}")
  file(WRITE ${CMAKE_BINARY_DIR}/linker.cmd "${script}")
endfunction()
link_libraries(zephyr_interface)
add_subdirectory(MODULE_FOLDER module)
add_executable(zephyr.elf main.c startup.c libc-hooks.c)
target_compile_options(zephyr.elf PRIVATE ${application_words})
target_link_options(zephyr.elf PRIVATE ${application_words} -nostartfiles -Wl,--gc-sections -T linker.cmd)
target_link_libraries(zephyr.elf PRIVATE -Wl,--whole-archive obmalloc -Wl,--no-whole-archive)
"""
HOOKS = """#include <stdint.h>
void *_sbrk(intptr_t count);
void *_sbrk(intptr_t count) { (void)count; return (void *)-1; }
"""


def kconfig_symbols():
    """{name: kind} of the module's Kconfig."""
    text = (MODULE / "zephyr" / "Kconfig").read_text(encoding="utf-8")
    return dict(re.findall(r"^config (\w+)\n\t(bool|int|hex|string)\b", text, re.MULTILINE))


class Form(unittest.TestCase):
    @unittest.skipUnless(yaml, "PyYAML is not installed; Debian: python3-yaml")
    def test_module_yml(self):
        module = yaml.safe_load((MODULE / "zephyr" / "module.yml").read_text(encoding="utf-8"))
        for mapping, keys in ((module, TOP_KEYS), (module["build"], BUILD_KEYS)):
            for key, value in mapping.items():
                self.assertIsInstance(value, keys[key], key)
        self.assertRegex(module["name"], r"^[A-Za-z0-9_-]+$")
        self.assertTrue((MODULE / module["build"]["cmake"] / "CMakeLists.txt").is_file())
        self.assertTrue((MODULE / module["build"]["kconfig"]).is_file())

    def test_kconfig(self):
        text = (MODULE / "zephyr" / "Kconfig").read_text(encoding="utf-8")
        blocks = re.split(r"^config ", text, flags=re.MULTILINE)[1:]
        self.assertEqual(len(blocks), len(kconfig_symbols()))
        self.assertEqual(text.count("\nif "), text.count("\nendif"))
        self.assertEqual(text.count("\nchoice\n"), text.count("\nendchoice\n"))
        defaults = re.findall(r"^choice\n\tprompt \"[^\"]+\"\n\tdefault (\w+)$", text, re.MULTILINE)
        self.assertEqual(len(defaults), text.count("\nchoice\n"))
        self.assertLessEqual(set(defaults), set(kconfig_symbols()))
        for block in blocks:
            name, *lines = block.splitlines()
            self.assertTrue(name.startswith("OBMALLOC"), name)
            self.assertRegex(lines[0], r'^\t(bool|int|string) "[^"]+"$')
            help_lines = lines[lines.index("\thelp") + 1:]
            self.assertTrue(help_lines[0].startswith("\t  "), name)
            self.assertFalse([line for line in lines if len(line.expandtabs()) > 80], name)
        depends = re.findall(r"^\tdepends on (.*)$", text, re.MULTILINE)
        self.assertLessEqual(set(re.findall(r"\w+", " ".join(depends))), ZEPHYR_OPTIONS)

    def test_options_that_are_read_exist(self):
        text = (MODULE / "zephyr" / "CMakeLists.txt").read_text(encoding="utf-8")
        for variable, values, body in re.findall(r"foreach\((\w+) ([^)]*)\)\n(.*?)endforeach", text, re.DOTALL):
            text = text.replace(body, "".join(body.replace(f"${{{variable}}}", value) for value in values.split()))
        read = set(re.findall(r"CONFIG_(\w+)", text))
        self.assertLessEqual(read, set(kconfig_symbols()) | ZEPHYR_OPTIONS)
        self.assertLessEqual(set(kconfig_symbols()), read)
        self.assertLessEqual(set(re.findall(r"\b(zephyr_\w+)\(", text)),
                             set(re.findall(r"(?:function|macro)\((zephyr_\w+)", STAND_IN)))
        for name in re.findall(r"\w+\.(?:ld|c)\b", text):
            self.assertTrue((MODULE / "zephyr" / name).is_file(), name)


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed; Debian: cmake")
class Build(unittest.TestCase):
    def build(self, folder, libc, **options):
        shutil.copytree(foreign.FIRMWARE, folder)
        script = folder / "firmware.ld"
        script.write_text(script.read_text().replace("HEAP_LINE", "_end = ALIGN(8);"))
        (folder / "libc-hooks.c").write_text(HOOKS)
        config = {"NEWLIB_LIBC": "y", "CPU_CORTEX_M": "y", "SRAM_BASE_ADDRESS": "0x20000000", "SRAM_SIZE": "60",
                  "OBMALLOC": "y", "OBMALLOC_USE_MAIN_OBMALLOC": "y", "OBMALLOC_ARENA_BYTES": "0", **options}
        if libc == "nano":
            config["NEWLIB_LIBC_NANO"] = "y"
        lines = "".join(f'set(CONFIG_{name} "{value}")\n' for name, value in config.items())
        text = STAND_IN.replace("CONFIG_LINES", lines).replace("MODULE_FOLDER", str(MODULE / "zephyr"))
        text = text.replace("SPECS", "--specs=nano.specs" if libc == "nano" else "")
        (folder / "CMakeLists.txt").write_text(text)
        done = None
        for words in (["-S", folder, "-B", folder, "-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
                       "-DCMAKE_ASM_FLAGS=-mcpu=cortex-m3 -mthumb", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"],
                      ["--build", folder, "--parallel", "2"]):
            done = subprocess.run(["cmake", *map(str, words)], cwd=folder, env=user.environment(),
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return folder / "zephyr.elf"

    def test_firmware_runs_under_both_flags(self):
        with tempfile.TemporaryDirectory() as name:
            image = self.build(pathlib.Path(name) / "nano", "nano")
            for flag, owner in ((1, "arena"), (0, "libc")):
                foreign.set_flag(image, flag)
                self.assertEqual(foreign.run("mps2-an385", image), foreign.owners(owner, owner))

    def test_options(self):
        with tempfile.TemporaryDirectory() as name:
            image = self.build(pathlib.Path(name) / "newlib", "newlib", OBMALLOC_USE_MAIN_OBMALLOC="n",
                               OBMALLOC_ARENA_BYTES="20000")
            self.assertEqual(foreign.run("mps2-an385", image), foreign.owners("libc", "libc"))
            foreign.set_flag(image, 1)
            self.assertEqual(foreign.run("mps2-an385", image), foreign.owners("arena", "libc"))

    def test_choices_reach_the_library(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "nano"
            image = self.build(folder, "nano", OBMALLOC_LOCK_PRIMASK="y", OBMALLOC_TIER_FULL="y",
                               OBMALLOC_WATCH="record statistics", OBMALLOC_GUARD_LIBC="y", OBMALLOC_LIBC_RESERVE="2048")
            self.assertEqual(foreign.run("mps2-an385", image), foreign.owners("arena", "arena"))
            library = next(folder.rglob("libobmalloc.a"))
            listing = subprocess.run(["arm-none-eabi-nm", library], check=True, capture_output=True, text=True).stdout
            code = subprocess.run(["arm-none-eabi-objdump", "-d", image], check=True, capture_output=True, text=True).stdout
            self.assertLessEqual({"guard_report", "obmalloc_totals", "obmalloc_record_to", "__wrap__malloc_r",
                                  "unguarded_libc_malloc"}, set(re.findall(r" T (\w+)$", listing, re.MULTILINE)))
            self.assertTrue("cpsid\ti" in code, "interrupts stay on")


if __name__ == "__main__":
    unittest.main()
