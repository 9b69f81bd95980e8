#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Shows or changes use_main_obmalloc in a finished image: ELF, Intel HEX or raw binary.

The image's config word is rewritten with its checksum; nothing else in the file changes.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile

import config_word
import image_file


class FlagError(Exception):
    """A sentence for the user."""


def find_word(image) -> int:
    """Returns where the image's only config word is."""
    places = image.find(config_word.MAGIC, config_word.WORD.size)
    if not places:
        raise FlagError(f"holds no config word: it is not a whole {image.name} image of a firmware "
                        "with obmalloc, or the word's magic is damaged")
    if len(places) > 1:
        raise FlagError(f"holds {len(places)} config words, at "
                        f"{' and '.join(image.place(place) for place in places)}; "
                        "which one counts is unknown")
    return places[0]


def replace_file(path: pathlib.Path, data: bytes, mode_from: pathlib.Path):
    """Writes the whole file or leaves the old one; the mode is kept."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(mode_from, temporary)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise FlagError(f"cannot be written to {path}: {error.strerror}") from None


def show(path, image, place):
    flag = config_word.flag_of(image.read(place, config_word.WORD.size))
    print(f"{path}: use_main_obmalloc = {flag} ({image.name}, config word at "
          f"{image.place(place)}, layout version {config_word.LAYOUT_VERSION})")


def change(path, image, place, arguments):
    before = image.read(place, config_word.WORD.size)
    try:
        was = str(config_word.flag_of(before))
    except config_word.DamagedWord:
        if not arguments.repair:
            raise
        was = "damaged"
    image.write(place, config_word.word_of(arguments.use_main_obmalloc))
    target = (arguments.output or path).resolve()
    replace_file(target, image.file_bytes(), path)
    print(f"{arguments.output or path}: use_main_obmalloc = {arguments.use_main_obmalloc} "
          f"(was {was}; {image.name}, config word at {image.place(place)})")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--use-main-obmalloc", type=int, choices=(0, 1),
                        help="the value to write; without it, the word is shown")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE",
                        help="write the changed image there and leave IMAGE as it is")
    parser.add_argument("--repair", action="store_true",
                        help="rewrite a word that is damaged, with --use-main-obmalloc")
    arguments = parser.parse_args()
    if arguments.use_main_obmalloc is None and (arguments.output or arguments.repair):
        parser.error("--output and --repair want --use-main-obmalloc")
    return arguments


def main():
    arguments = parse_arguments()
    path = arguments.image
    try:
        image = image_file.open_image(path.read_bytes())
        place = find_word(image)
        if arguments.use_main_obmalloc is None:
            show(path, image, place)
        else:
            change(path, image, place, arguments)
    except OSError as error:
        sys.exit(f"flag.py: {path}: {error.strerror}")
    except config_word.DamagedWord as error:
        sys.exit(f"flag.py: {path}: its config word at {image.place(place)} is damaged: {error} "
                 "(--repair --use-main-obmalloc 0|1 rewrites it)")
    except config_word.WordError as error:
        sys.exit(f"flag.py: {path}: its config word at {image.place(place)} is unknown: {error}")
    except (FlagError, image_file.ImageError) as error:
        sys.exit(f"flag.py: {path}: {error}")


if __name__ == "__main__":
    main()
