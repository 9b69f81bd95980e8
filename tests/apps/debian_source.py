#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Brings a Debian source package into a folder, as OUTPUT/source, and leaves the system's apt as it is.

apt-get runs with a state, a cache and a list of sources of its own, all below the folder: the machine's sources,
read as deb-src. What is there already is not fetched again, so that the second time needs no network.
"""

import argparse
import fcntl
import pathlib
import re
import shutil
import subprocess
import sys

SYSTEM_SOURCES = pathlib.Path("/etc/apt")
TIMEOUT_SECONDS = 240
# Hooks of the machine would act on its own cache; a third party's server that hangs shall not hold us up.
OPTIONS = """#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::Languages "none";
"""


class SourceError(Exception):
    """A sentence that says why there is no source."""


def as_source_lines(text):
    """One-line sources: each `deb` becomes `deb-src`; other lines are dropped."""
    lines = re.findall(r"^\s*deb(?:-src)?(\s.*)$", text, re.MULTILINE)
    return "".join(f"deb-src{rest}\n" for rest in dict.fromkeys(lines))


def as_source_stanzas(text):
    """deb822 sources: the types of each stanza become `deb-src`."""
    return re.sub(r"^Types\s*:.*$", "Types: deb-src", text, flags=re.MULTILINE | re.IGNORECASE)


def write_sources(system, private):
    """Copies the machine's sources, changed. Returns how many files have any."""
    parts = private / "sources.list.d"
    parts.mkdir(parents=True, exist_ok=True)
    (private / "sources.list").write_text("")
    count = 0
    for path in [system / "sources.list", *sorted((system / "sources.list.d").glob("*"))]:
        change = {".list": as_source_lines, ".sources": as_source_stanzas}.get(path.suffix)
        if change and path.is_file():
            text = change(path.read_text(encoding="utf-8", errors="replace"))
            folder = private if path.parent == system else parts
            (folder / path.name).write_text(text, encoding="utf-8")
            count += "deb-src" in text
    return count


def write_configuration(folder):
    for name in ("state/lists/partial", "cache/archives/partial", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / "apt.conf"
    places = {"Dir::State": "state", "Dir::Cache": "cache", "Dir::Log": "log",
              "Dir::Etc::sourcelist": "etc/sources.list", "Dir::Etc::sourceparts": "etc/sources.list.d"}
    lines = "".join(f'{key} "{folder / name}";\n' for key, name in places.items())
    path.write_text(OPTIONS + lines + 'Dir::State::status "/var/lib/dpkg/status";\n')
    return path


def apt_get(configuration, *words):
    """Returns the finished process; both outputs are in its stdout."""
    try:
        return subprocess.run(["apt-get", "-q", "-c", configuration, *words], cwd=configuration.parent,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=TIMEOUT_SECONDS, check=False)
    except FileNotFoundError:
        raise SourceError("this system has no apt-get") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"apt-get {words[0]} did not end within {TIMEOUT_SECONDS} s") from None


def first_error(*outputs):
    """What apt says first about what went wrong."""
    for output in outputs:
        for line in output.splitlines():
            if line.startswith("E: "):
                return line[3:]
    return "apt-get says no more"


def fetch(package, folder, system=SYSTEM_SOURCES):
    """Puts the package's unpacked source at folder/source."""
    if not shutil.which("dpkg-source"):
        raise SourceError("dpkg-source is not installed; Debian: dpkg-dev")
    if write_sources(system, folder / "etc") == 0:
        raise SourceError(f"{system} names no package sources")
    configuration = write_configuration(folder)
    # A source that fails, a third party's without deb-src, is no matter while the package is found.
    updated = apt_get(configuration, "update")
    unpacked = folder / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    link = folder / "unpacked" / "apt.conf"
    link.symlink_to(configuration)
    done = apt_get(link, "source", package)
    found = [path for path in unpacked.iterdir() if path.is_dir()]
    if done.returncode != 0 or len(found) != 1:
        raise SourceError(f"apt-get source {package}: {first_error(done.stdout, updated.stdout)}")
    found[0].rename(folder / "source")
    shutil.rmtree(unpacked)
    shutil.rmtree(folder / "state")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package")
    parser.add_argument("folder", type=pathlib.Path, help="where to; its path must have no spaces or quotes")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # Builds for two C libraries run side by side.
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "source").is_dir():
            return
        if sys.stdout.isatty():
            print(f"fetching the source of {arguments.package}", flush=True)
        try:
            fetch(arguments.package, folder)
        except SourceError as error:
            sys.exit(f"debian_source: the source of {arguments.package} cannot be had: {error}")


if __name__ == "__main__":
    main()
