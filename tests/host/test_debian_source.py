# SPDX-License-Identifier: MIT
"""tests/apps/debian_source.py, between commands that play apt: whose files it touches, and what it says."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

APPS = pathlib.Path(__file__).resolve().parents[1] / "apps"
sys.path.insert(0, str(APPS))

import debian_source

STANZAS = "# a comment\nTypes: deb\nURIs: http://one/debian\nSuites: stable\n\nTypes: deb deb-src\nURIs: http://two\n"
UPDATE_FAILS = "E: The repository 'http://third' does not have a Release file."


class Sources(unittest.TestCase):
    def test_lines(self):
        text = "deb [arch=amd64] http://one stable main\n# deb http://off x y\ndeb-src http://one stable main\n deb http://two x\n"
        self.assertEqual(debian_source.as_source_lines(text),
                         "deb-src [arch=amd64] http://one stable main\ndeb-src http://one stable main\n"
                         "deb-src http://two x\n")

    def test_stanzas(self):
        self.assertEqual(debian_source.as_source_stanzas(STANZAS),
                         STANZAS.replace("deb deb-src", "deb-src").replace("Types: deb\n", "Types: deb-src\n"))


class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.system = self.folder / "etc-apt"
        (self.system / "sources.list.d").mkdir(parents=True)
        (self.system / "sources.list.d" / "debian.sources").write_text(STANZAS)
        (self.system / "sources.list.d" / "old.sources.bak").write_text(STANZAS)
        self.output = self.folder / "output"
        self.output.mkdir()
        self.commands = self.folder / "commands"
        self.commands.mkdir()
        self.addCleanup(os.environ.__setitem__, "PATH", os.environ["PATH"])
        os.environ["PATH"] = f"{self.commands}:/usr/bin:/bin"
        self.play("dpkg-source", "exit 0")

    def play(self, name, script):
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def play_apt(self, source, update="exit 0"):
        self.play("apt-get", f'echo "$@" >> {self.folder}/log\ncase $4 in\nupdate) {update};;\n'
                             f"source) {source};;\nesac")

    def fetch(self):
        debian_source.fetch("thing", self.output, self.system)

    def test_apt_gets_a_state_of_its_own(self):
        self.play_apt("mkdir thing-1.0; echo text > thing-1.0/file", f"echo \"{UPDATE_FAILS}\"; exit 100")
        self.fetch()
        self.assertEqual((self.output / "source" / "file").read_text(), "text\n")
        self.assertEqual((self.folder / "log").read_text().splitlines(),
                         [f"-q -c {self.output}/apt.conf update",
                          f"-q -c {self.output}/unpacked/apt.conf source thing"])
        self.assertEqual(sorted(path.name for path in (self.output / "etc" / "sources.list.d").iterdir()),
                         ["debian.sources"])

    @unittest.skipUnless(os.path.exists("/usr/bin/apt-config"), "this system has no apt")
    def test_apt_reads_it_so(self):
        """Every folder that apt writes to is ours, and no hook of the machine's is left."""
        configuration = debian_source.write_configuration(self.output)
        dump = subprocess.run(["apt-config", "-c", configuration, "dump"], check=True, capture_output=True,
                              text=True).stdout
        for key, place in (("State", "state"), ("Cache", "cache"), ("Log", "log"),
                           ("Etc::sourcelist", "etc/sources.list"), ("Etc::sourceparts", "etc/sources.list.d")):
            self.assertIn(f'Dir::{key} "{self.output}/{place}";', dump)
        self.assertNotIn("Post-Invoke::", dump)

    def assert_refused(self, sentence):
        with self.assertRaises(debian_source.SourceError) as caught:
            self.fetch()
        self.assertEqual(str(caught.exception), sentence)
        self.assertFalse((self.output / "source").exists())

    def test_package_that_is_not_found(self):
        self.play_apt("echo 'E: Unable to find a source package for thing'; exit 100", f'echo "{UPDATE_FAILS}"; exit 100')
        self.assert_refused("apt-get source thing: Unable to find a source package for thing")

    def test_tools_that_are_missing(self):
        os.environ["PATH"] = str(self.commands)
        self.assert_refused("this system has no apt-get")
        (self.commands / "dpkg-source").unlink()
        self.assert_refused("dpkg-source is not installed; Debian: dpkg-dev")

    def test_no_sources(self):
        (self.system / "sources.list.d" / "debian.sources").unlink()
        self.assert_refused(f"{self.system} names no package sources")

    def test_what_is_there_is_not_fetched_again(self):
        self.play_apt("exit 1", "exit 1")
        (self.output / "source").mkdir()
        subprocess.run([sys.executable, APPS / "debian_source.py", "thing", self.output], check=True)
        self.assertFalse((self.folder / "log").exists())


if __name__ == "__main__":
    unittest.main()
