# SPDX-License-Identifier: MIT
"""PlatformIO's library.json has the fields and values that its documentation allows, and what its script asks of
PlatformIO's build makes a firmware that runs under both flags.

PlatformIO itself is not here: an object with the few calls of SCons that the script makes stands in for it.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "port" / "package"
sys.path.insert(0, str(REPOSITORY / "tests" / "harness"))

import foreign
import readme
import user

# Of the schema that the manifest names: the fields, and what each may be.
TEXT, WORDS, FLAG, FIELDS = (str,), (str, list), (bool,), (dict,)
TOP_FIELDS = {"$schema": TEXT, "name": TEXT, "version": TEXT, "description": TEXT, "keywords": WORDS, "homepage": TEXT,
              "repository": FIELDS, "authors": (dict, list), "license": TEXT, "frameworks": WORDS, "platforms": WORDS,
              "headers": WORDS, "examples": (list,), "dependencies": (dict, list), "export": FIELDS, "scripts": FIELDS,
              "build": FIELDS}
BUILD_FIELDS = {"flags": WORDS, "unflags": WORDS, "includeDir": TEXT, "srcDir": TEXT, "srcFilter": WORDS,
                "extraScript": TEXT, "libArchive": FLAG, "libLDFMode": TEXT, "libCompatMode": TEXT, "builder": TEXT}
REQUIRED = ("name", "version", "description", "keywords")
LENGTHS = {"name": 50, "version": 20, "description": 255}
LDF_MODES = ("off", "chain", "deep", "chain+", "deep+")
CPU = ["-mcpu=cortex-m3", "-mthumb"]
LINKER_LINE = next(body for body in readme.blocks("ld") if "obmalloc.ld" in body).strip()


class Environment(dict):
    """SCons' environment, as far as the script goes."""

    def Append(self, **values):
        for name, value in values.items():
            self[name] = [*self.get(name, []), *(value if isinstance(value, list) else [value])]

    def Replace(self, **values):
        self.update(values)

    def subst(self, text):
        return re.sub(r"\$(\w+)", lambda match: str(self[match.group(1)]), text)

    @staticmethod
    def File(path):
        return path

    def GetProjectOption(self, name, default):
        return self.get("options", {}).get(name, default)

    @staticmethod
    def StringifyMacro(text):
        return f'"{text}"'


class Manifest(unittest.TestCase):
    def setUp(self):
        self.manifest = json.loads((PACKAGE / "library.json").read_text(encoding="utf-8"))

    def test_fields(self):
        for mapping, fields in ((self.manifest, TOP_FIELDS), (self.manifest["build"], BUILD_FIELDS)):
            for name, value in mapping.items():
                self.assertIsInstance(value, fields[name], name)
        for name in REQUIRED:
            self.assertTrue(self.manifest[name], name)
        for name, length in LENGTHS.items():
            self.assertLessEqual(len(self.manifest[name]), length, name)
        self.assertRegex(self.manifest["name"], r"^[a-z0-9]+(-[a-z0-9]+)*$")
        for keyword in self.manifest["keywords"]:
            self.assertRegex(keyword, r"^[a-z0-9]+(-[a-z0-9]+)*$")
        for platform in self.manifest["platforms"]:
            self.assertRegex(platform, r"^[a-z\d\-_]+$")
        self.assertIn(self.manifest["build"]["libLDFMode"], LDF_MODES)
        self.assertEqual(self.manifest["license"],
                         (REPOSITORY / "LICENSE").read_text(encoding="utf-8").split()[0])

    def test_version_is_that_of_all_packages(self):
        text = (PACKAGE / "version.mk").read_text(encoding="utf-8")
        self.assertEqual(self.manifest["version"], re.search(r"obmalloc_version := (\d+\.\d+\.\d+)\n", text).group(1))

    def test_files_exist(self):
        build = self.manifest["build"]
        self.assertEqual((PACKAGE / build["srcDir"]).resolve(), REPOSITORY)
        self.assertTrue((PACKAGE / build["extraScript"]).is_file())
        include = PACKAGE / build["includeDir"]
        for header in self.manifest["headers"]:
            self.assertEqual(len(list(include.rglob(header))), 1, header)
        self.assertTrue((include / "obmalloc.h").is_file(), "PlatformIO finds the library by it")


class Script(unittest.TestCase):
    def run_script(self, folder, libc, **options):
        """Returns the environments of the library and of the project, after the script."""
        common = {"CC": "arm-none-eabi-gcc", "AR": "arm-none-eabi-ar", "OBJCOPY": "arm-none-eabi-objcopy",
                  "ENV": user.environment(), "BUILD_DIR": str(folder / "build"), "CCFLAGS": [*CPU, "-Os"]}
        library, project = Environment(common), Environment(common, options=options)
        if libc == "nano":
            project["LINKFLAGS"] = [*CPU, "--specs=nano.specs"]
        source = (PACKAGE / "platformio.py").read_text(encoding="utf-8")
        names = {"Import": lambda *_: None, "env": library, "DefaultEnvironment": lambda: project}
        with mock.patch("os.getcwd", return_value=str(PACKAGE)):
            exec(compile(source, "platformio.py", "exec"), names)  # pylint: disable=exec-used
        return library, project

    def sources(self, library):
        return [REPOSITORY / re.fullmatch(r"\+<(.*)>", word).group(1) for word in library["SRC_FILTER"]]

    def build(self, folder, libc):
        shutil.copytree(foreign.FIRMWARE, folder)
        script = folder / "firmware.ld"
        script.write_text(script.read_text().replace("HEAP_LINE", LINKER_LINE))
        library, project = self.run_script(folder, libc)
        includes = [f"-I{path}" for path in library["CPPPATH"]]
        specs = ["--specs=nano.specs"] if libc == "nano" else []
        objects = []
        for source in self.sources(library):
            objects.append(f"{len(objects)}-{source.name}.o")
            subprocess.run(["arm-none-eabi-gcc", *library["CCFLAGS"], *specs, *includes, "-c", source, "-o", objects[-1]],
                           cwd=folder, check=True)
        subprocess.run(["arm-none-eabi-ar", "rcs", "libpackage.a", *objects], cwd=folder, check=True)
        subprocess.run(["arm-none-eabi-gcc", *CPU, *specs, "-nostartfiles", "main.c", "startup.c", *project["PIOBUILDFILES"],
                        "libpackage.a", *(word for word in project["LINKFLAGS"] if word not in [*CPU, *specs]),
                        *(f"-L{path}" for path in project["LIBPATH"]), "-T", "firmware.ld", "-o", "firmware.elf"],
                       cwd=folder, check=True)
        return folder / "firmware.elf"

    def test_firmware_runs_under_both_flags(self):
        with tempfile.TemporaryDirectory() as name:
            for libc in ("nano", "newlib"):
                image = self.build(pathlib.Path(name) / libc, libc)
                for flag, owner in ((1, "arena"), (0, "libc")):
                    foreign.set_flag(image, flag)
                    self.assertEqual(foreign.run("mps2-an385", image), foreign.owners(owner, owner))

    def test_choices_of_the_project(self):
        with tempfile.TemporaryDirectory() as name:
            library, project = self.run_script(pathlib.Path(name), "nano", custom_obmalloc_lock="primask",
                                               custom_obmalloc_tier="full", custom_obmalloc_watch="record statistics")
            with self.assertRaisesRegex(SystemExit, "(?s)cannot be asked:.*OBMALLOC_TIER is 'most'; it must be one of"):
                self.run_script(pathlib.Path(name), "nano", custom_obmalloc_tier="most")
        sources = {str(source.relative_to(REPOSITORY)) for source in self.sources(library)}
        self.assertLessEqual({"port/guard/damage.c", "port/watch/record.c", "port/watch/statistics.c"}, sources)
        tier = [("POOLS_IN_C", "1"), ("POOLS_LINKS_ENCODED", "1")]
        self.assertEqual(project["CPPDEFINES"], tier)
        self.assertEqual(library["CPPDEFINES"][:2], tier)
        self.assertLessEqual({("OBMALLOC_LOCK_PRIMASK", "1"), ("OBMALLOC_WATCH_RECORD", "1"),
                              ("POOLS_READY_HEADER", '"watch/ready_counts.h"')}, set(library["CPPDEFINES"]))

    def test_sources_are_those_of_obmalloc_mk(self):
        with tempfile.TemporaryDirectory() as name:
            library, _ = self.run_script(pathlib.Path(name), "nano")
        text = f"OBMALLOC_CPU := {shlex.join(CPU)}\nOBMALLOC_DIR := .\ninclude port/obmalloc.mk\n$(info $(OBMALLOC_SOURCES))\nall:;@:\n"
        done = subprocess.run(["make", "-s", "-f", "-", "all"], cwd=REPOSITORY, env=user.environment(), input=text,
                              capture_output=True, text=True, check=True)
        sources = self.sources(library)
        self.assertEqual([str(path.relative_to(REPOSITORY)) for path in sources if path.suffix == ".c"],
                         done.stdout.split())
        self.assertEqual(sorted(path for path in sources if path.suffix == ".S"),
                         sorted((*REPOSITORY.glob("port/*.S"), *REPOSITORY.glob("pools/*.S"))))


if __name__ == "__main__":
    unittest.main()
