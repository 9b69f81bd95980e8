# SPDX-License-Identifier: MIT
"""What a build has recorded of a block: who allocated it, who freed it.

A source is a function (image, block address) -> [(name of at most 8 letters, text)], empty where it knows nothing; it
finds its tables by the image's layout records (`image.layout.unknown` has those of kinds that layout.py does not
name). A build that records nothing costs nothing here.
"""

SOURCES = []


def of_block(image, address):
    """What all sources tell of the block."""
    return [told for source in SOURCES for told in source(image, address)]
