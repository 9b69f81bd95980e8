# SPDX-License-Identifier: MIT
"""Runs the firmwares of tests/integration, which none of the images' harness is in."""

import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = REPOSITORY / "tests" / "integration" / "firmware"
QEMU = "qemu-system-arm"


def no_cxx():
    """Says that the C++ library is missing, if it is."""
    done = subprocess.run(["arm-none-eabi-g++", "-x", "c++", "-include", "string", "-E", "/dev/null"],
                          capture_output=True, check=False)
    return "the C++ library is not installed; Debian: libstdc++-arm-none-eabi-newlib" if done.returncode else ""


def run(machine, image):
    """Returns {what: whose}, as main.c prints it. Raises AssertionError iff it does not end well."""
    done = subprocess.run(
        [QEMU, "-machine", machine, "-display", "none", "-monitor", "none", "-serial", "stdio",
         "-semihosting-config", "enable=on,target=native", "-kernel", str(image)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")
    return dict(line.split(": ") for line in done.stdout.splitlines())


def owners(small, large):
    """What run() returns when these own the blocks."""
    return {"strdup before main": small, "malloc(100)": small, "malloc(1000)": large,
            "contents": "held"}


def audit(image):
    """What the audit says of the image. Raises AssertionError iff that is not clean."""
    tool = REPOSITORY / "port" / "host" / "audit.py"
    done = subprocess.run([sys.executable, tool, image], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")


def set_flag(image, flag):
    tool = REPOSITORY / "port" / "host" / "flag.py"
    subprocess.run([sys.executable, tool, image, "--use-main-obmalloc", str(flag)], check=True,
                   capture_output=True)


def run_semihosted(machine, image):
    """Returns what a firmware prints over semihosting. Raises AssertionError iff it does not end well."""
    done = subprocess.run(
        [QEMU, "-machine", machine, "-display", "none", "-monitor", "none", "-serial", "null", "-chardev",
         "stdio,id=console,signal=off", "-semihosting-config",
         "enable=on,target=native,chardev=console", "-kernel", str(image)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
