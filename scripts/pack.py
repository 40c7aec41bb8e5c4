#!/usr/bin/env python3
"""Compresses the binaries for the collection: one .xz file for each, and SHA256SUMS, the manifest of what is in them.

usage: pack.py DIRECTORY BINARY...   what DIRECTORY has of the same content already is left as it is
"""

import hashlib
import lzma
import os
import sys

SUMS = "SHA256SUMS"
# A dictionary of 32 MB spans the whole binary. More effort than this saves nothing.
LZMA = {"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 25}


def filters(name):
    """Jumps of x86 are made absolute, which saves 5 %. The filter for ARM is too new for controllers' liblzma."""
    return ([{"id": lzma.FILTER_X86}] if name.endswith("x86_64") else []) + [LZMA]


def known(directory):
    try:
        with open(os.path.join(directory, SUMS), encoding="ascii") as sums:
            return dict(reversed(line.split()) for line in sums)
    except FileNotFoundError:
        return {}


def pack(directory, path):
    """Returns the digest of the binary."""
    name = os.path.basename(path)
    with open(path, "rb") as binary:
        content = binary.read()
    sha256 = hashlib.sha256(content).hexdigest()
    packed = os.path.join(directory, name + ".xz")
    if known(directory).get(name) != sha256 or not os.path.exists(packed):
        compressed = lzma.compress(content, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=filters(name))
        with open(packed + ".new", "wb") as out:
            out.write(compressed)
        os.rename(packed + ".new", packed)
    return sha256


def main():
    directory, *paths = sys.argv[1:]
    os.makedirs(directory, exist_ok=True)
    sums = {os.path.basename(path): pack(directory, path) for path in paths}
    with open(os.path.join(directory, SUMS), "w", encoding="ascii") as out:
        for name in sorted(sums):
            out.write("%s  %s\n" % (sums[name], name))


if __name__ == "__main__":
    main()
