# SPDX-License-Identifier: MIT
# test-boards: microbit
"""make flash PROBE=openocd: the command line that OpenOCD gets, what comes back, and whether OpenOCD takes it.

There is no board here. A stand-in for openocd shows what it is given; the real one, where it is installed, reads the
scripts and knows the commands.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "harness"), str(REPOSITORY / "board" / "host")]

import boards
import openocd
import user

BUILD = pathlib.Path(os.environ.get("BUILD") or REPOSITORY / "build")
REAL = ["lm3s6965evb", "microbit", "netduinoplus2", "stm32vldiscovery"]
SERVERS = [part for server in ("gdb", "tcl", "telnet") for part in ("-c", f"{server}_port disabled")]
STAND_IN = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done > {log}
echo 'from the board'
exit {status}
"""


class StandIn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.log = self.path / "log"

    def play(self, status):
        program = self.path / "openocd"
        program.write_text(STAND_IN.format(log=self.log, status=status))
        program.chmod(0o755)

    def make(self, *words):
        environment = {**user.environment(), "PATH": f"{self.path}:{os.environ['PATH']}"}
        return subprocess.run(["make", "flash", f"BUILD={BUILD}", "again=true", *words], cwd=REPOSITORY,
                              env=environment, capture_output=True, text=True, check=False)

    def test_command_line(self):
        self.play(0)
        done = self.make("BOARD=microbit", "IMAGE=seed_zero", "PROBE=openocd", "USE_MAIN_OBMALLOC=0", "WORDS=a=b c")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "from the board\n", ""))
        image = BUILD / "microbit-nano" / "seed_zero.hex"
        self.assertEqual(self.log.read_text().splitlines(), [
            "-f", "interface/cmsis-dap.cfg", "-f", "target/nrf51.cfg", *SERVERS, "-c", f"program {image} verify",
            "-c", "reset halt", "-c", "arm semihosting enable",
            "-c", "arm semihosting_cmdline image use_main_obmalloc=0 a=b c", "-c", "resume"])
        self.assertTrue(image.read_bytes().startswith(b":"))

    def test_replay_and_another_probe(self):
        self.play(0)
        done = self.make("BOARD=microbit", "PROBE=openocd", "OPENOCD_INTERFACE=interface/jlink.cfg")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = self.log.read_text().splitlines()
        self.assertEqual(lines[:4], ["-f", "interface/jlink.cfg", "-f", "target/nrf51.cfg"])
        self.assertIn("arm semihosting_cmdline image trace=tests/traces/mosq_sub.obmt", lines)

    def test_status_comes_back(self):
        self.play(3)
        done = subprocess.run([sys.executable, REPOSITORY / "board/host/openocd.py", "--board", "microbit",
                               BUILD / "microbit-nano" / "seed_zero.elf"], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": f"{self.path}:{os.environ['PATH']}"})
        self.assertEqual((done.returncode, done.stdout), (3, "from the board\n"))
        self.assertIn("ended with status 3", done.stderr)
        self.assertNotEqual(self.make("BOARD=microbit", "IMAGE=seed_zero", "PROBE=openocd").returncode, 0)

    def refused(self, sentence, *words):
        done = self.make(*words)
        self.assertNotEqual(done.returncode, 0)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("make: *** [")]
        self.assertEqual((done.stdout, len(lines)), ("", 1), done.stderr)
        self.assertIn(sentence, lines[0])

    def test_refusals(self):
        self.play(0)
        for board in sorted(set(boards.names()) - set(REAL)):
            self.refused(f"PROBE is 'openocd', and OpenOCD knows no {board}; it can flash: {' '.join(REAL)}.",
                         f"BOARD={board}", "IMAGE=seed_zero", "PROBE=openocd")
            with self.assertRaisesRegex(boards.BoardError, f"OpenOCD knows no {board}; it can flash: lm3s"):
                openocd.command(board, "image.hex")
        self.refused("PROBE is 'jlink'; it must be one of: openocd.", "BOARD=microbit", "PROBE=jlink")
        self.assertFalse(self.log.exists())

    def test_without_openocd(self):
        done = subprocess.run([sys.executable, REPOSITORY / "board/host/openocd.py", "--board", "microbit",
                               BUILD / "microbit-nano" / "seed_zero.elf"], capture_output=True, text=True, check=False,
                              env={"PATH": str(self.path)})
        self.assertEqual((done.returncode, done.stderr),
                         (1, "openocd.py: openocd is not installed; Debian: openocd\n"))


@unittest.skipUnless(shutil.which("openocd"), "openocd is not installed, which only PROBE=openocd wants")
class RealOpenocd(unittest.TestCase):
    def run_steps(self, *words):
        return subprocess.run(["openocd", *words, "-c", "shutdown"], capture_output=True, text=True, check=False)

    def test_scripts_are_read(self):
        for board in REAL:
            interface, target = openocd.configuration(board)
            done = self.run_steps("-f", interface, "-f", target, *SERVERS)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("Error", done.stderr)

    def test_commands_exist(self):
        interface, target = openocd.configuration("microbit")
        for command in ("program", "reset", "arm semihosting", "arm semihosting_cmdline"):
            done = self.run_steps("-f", interface, "-f", target, "-c", f"help {command}")
            self.assertIn(f"{command} ", done.stderr)
            self.assertNotIn("invalid", done.stderr)

    def test_words_arrive_as_they_are(self):
        words = ["a b", "{", "it's", '"', "$x", "[exit]", "a\\b", "#", ";", ""]
        done = self.run_steps(*(part for word in words for part in ("-c", f"echo <[format %s {openocd.quoted(word)}]>")))
        self.assertEqual(done.stderr.split("bugs.html\n")[1].splitlines()[:len(words)], [f"<{word}>" for word in words])

    def test_without_a_probe_it_ends_at_once(self):
        """At the missing probe, not at a missing script or command before it."""
        for board in REAL:
            words = openocd.command(board, str(BUILD / "microbit-nano" / "seed_zero.elf"))
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("OpenOCD init failed", done.stderr)
            self.assertNotIn("invalid command", done.stderr)


if __name__ == "__main__":
    unittest.main()
