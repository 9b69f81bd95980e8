# SPDX-License-Identifier: MIT
"""board/host/setup.sh, between commands that play a machine: what it installs, and when it stops."""

import os
import shutil
import subprocess
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SETUP = os.path.join(REPOSITORY, "board", "host", "setup.sh")


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.log = os.path.join(self.folder, "log")
        for name in ("sed", "tr", "cat"):
            os.symlink(shutil.which(name), os.path.join(self.folder, name))

    def play(self, name, script):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(path, 0o755)

    def play_debian(self, user_id, missing=(), apt_get="exit 0"):
        """apt-get writes what it is asked into the log; installed is all but `missing`."""
        self.play("id", f"echo {user_id}")
        self.play("apt-get", f'echo "$*" >> {self.log}\n{apt_get}')
        cases = "".join(f"{name}) status=1;; " for name in missing)
        self.play(
            "dpkg-query",
            "shift 3; status=0\n"
            f"for name; do case $name in {cases} *) echo installed $name;; esac; done\n"
            "exit $status",
        )

    def run_setup(self, *words):
        return subprocess.run(
            ["/bin/sh", SETUP, *words],
            env={"PATH": self.folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    def asked(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_nothing_when_all_is_there(self):
        self.play_debian(user_id=1000)
        done = self.run_setup()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.asked(), [])

    def test_root_installs_what_is_missing_and_says_it(self):
        self.play_debian(user_id=0, missing=["gcc", "libcmocka-dev"])
        done = self.run_setup()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("installing gcc libcmocka-dev\n", done.stdout)
        update, install = self.asked()
        self.assertIn("update", update.split())
        self.assertEqual(install.split()[-2:], ["gcc", "libcmocka-dev"])

    def test_package_is_not_taken_for_one_that_contains_its_name(self):
        self.play_debian(user_id=0, missing=["gcc"])
        self.assertIn("installing gcc\n", self.run_setup().stdout)

    def test_user_without_sudo(self):
        self.play_debian(user_id=1000, missing=["gcc"])
        done = self.run_setup()
        self.assertEqual(done.returncode, 1)
        self.assertIn("as root, run: apt-get install gcc", done.stderr)
        self.assertEqual(self.asked(), [])

    def test_user_whose_sudo_asks_for_a_password(self):
        self.play_debian(user_id=1000, missing=["gcc"])
        self.play("sudo", "exit 1")
        done = self.run_setup()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.asked(), [])

    def test_user_with_sudo(self):
        self.play_debian(user_id=1000, missing=["gcc"])
        self.play("sudo", 'shift; "$@"')
        self.assertEqual(self.run_setup().returncode, 0)
        self.assertEqual(len(self.asked()), 2)

    def test_other_system(self):
        done = self.run_setup()
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no apt", done.stderr)
        self.assertIn("gcc-arm-none-eabi", done.stderr)

    def test_optional_packages_that_are_there(self):
        self.play_debian(user_id=1000)
        done = self.run_setup("--optional", "libstdc++-a", "libstdc++-b")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_optional_packages_come_last(self):
        self.play_debian(user_id=0, missing=["gcc", "libstdc++-b"])
        done = self.run_setup("--optional", "libstdc++-a", "libstdc++-b")
        self.assertEqual(done.returncode, 0, done.stderr)
        update, install, beside = self.asked()
        self.assertEqual((install.split()[-1], beside.split()[-1]), ("gcc", "libstdc++-b"))

    def test_optional_packages_that_cannot_be_had(self):
        for user_id, apt_get in ((1000, "exit 0"), (0, "exit 100"), (0, '[ "$2" = update ]')):
            self.play_debian(user_id, missing=["libstdc++-b"], apt_get=apt_get)
            done = self.run_setup("--optional", "libstdc++-a", "libstdc++-b")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, "what needs them is skipped: libstdc\\+\\+-b\n$")

    def test_optional_packages_do_not_hide_the_others(self):
        self.play_debian(user_id=1000, missing=["gcc", "libstdc++-b"])
        done = self.run_setup("--optional", "libstdc++-b")
        self.assertEqual(done.returncode, 1)
        self.assertIn("as root, run: apt-get install gcc\n", done.stderr)

    def test_apt_that_fails(self):
        self.play_debian(user_id=0, missing=["gcc"], apt_get="exit 100")
        done = self.run_setup()
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing packages: gcc", done.stderr)


if __name__ == "__main__":
    unittest.main()
