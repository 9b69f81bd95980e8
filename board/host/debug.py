#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Starts QEMU halted at an image's reset and attaches gdb-multiarch, with its command `heap`; ends QEMU with gdb.

They talk over a port of 127.0.0.1 that is free, so that several can run. Over a socket file gdb would
report a broken pipe when the program ends: its last acknowledgement finds QEMU gone.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile

import boards

GDB = "gdb-multiarch"
HEAP_COMMAND = os.path.join(boards.REPOSITORY, "port", "gdb", "obmalloc.py")


# Leaves the program halted, where gdb's own way to end would let it run on; it may have ended.
LEAVE = 'python gdb.selected_thread() and gdb.execute("disconnect")'


def write_script(folder, commands):
    """A script ends at its first command that fails, and gdb with a status that is not 0."""
    path = os.path.join(folder, "commands")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{command}\n" for command in [*commands, LEAVE])
    return path


def attach(board, image, words, commands):
    """Returns gdb's exit status. With commands, gdb runs them and ends."""
    with tempfile.TemporaryDirectory(prefix="obmalloc-debug-") as folder:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        options = ["-S", "-chardev", f"socket,id=gdb,fd={listener.fileno()},server=on,wait=off,nodelay=on"]
        options += ["-gdb", "chardev:gdb"]
        # A session of its own, so that Ctrl-C in gdb interrupts the program and not QEMU.
        machine = subprocess.Popen(
            boards.qemu_command(board, image, words, options),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[listener.fileno()],
        )
        listener.close()
        try:
            gdb = [GDB, "-q", "-x", HEAP_COMMAND, "-ex", "set remotetimeout 60", "-ex", f"target remote 127.0.0.1:{port}"]
            if commands:
                gdb += ["-batch", "-x", write_script(folder, commands)]
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.run(
                [*gdb, image],
                check=False,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            ).returncode
        finally:
            machine.kill()
            machine.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", required=True, help="a folder of board/")
    parser.add_argument("--commands", default="", help="gdb commands parted by ;, then end")
    parser.add_argument("image", help="the ELF file")
    parser.add_argument("words", nargs="*", help="the program's command line, e.g. key=value")
    arguments = parser.parse_args()
    commands = [command.strip() for command in arguments.commands.split(";") if command.strip()]
    if not os.path.isfile(arguments.image):
        sys.exit(f"debug.py: {arguments.image} does not exist; `make` builds it")
    try:
        sys.exit(attach(arguments.board, arguments.image, arguments.words, commands))
    except boards.BoardError as error:
        sys.exit(f"debug.py: {error}")
    except FileNotFoundError as error:
        sys.exit(f"debug.py: {error.filename} is not installed; `make setup` installs it")


if __name__ == "__main__":
    main()
