# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which binary a host gets: where it lies on the controller, its content hash, its compressed form."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import shutil
import tempfile

# The names that uname -m has for what is built, by the name that the files have.
ARCHITECTURES = {
    "x86_64": ("x86_64", "amd64"),
    "aarch64": ("aarch64", "arm64"),
}
ELF_MACHINES = {b"\x3e\x00": "x86_64", b"\xb7\x00": "aarch64"}

PLUGINS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
MODULE = os.path.join(PLUGINS, "modules", "paunch_step")
RUNNERS = os.path.join(PLUGINS, "plugin_utils", "runners")


class Runner:
    """One architecture's binary."""

    def __init__(self, arch, sha256, binary=None, compressed=None):
        self.arch = arch
        self.sha256 = sha256
        self.binary = binary
        self.compressed = compressed

    def gzipped(self, cache):
        """The path of the compressed binary; made once per content and kept in the cache."""
        if self.compressed:
            return self.compressed
        path = os.path.join(cache, self.sha256 + ".gz")
        with locked(cache):
            if not os.path.exists(path):
                for name in os.listdir(cache):
                    if name.endswith(".gz"):
                        os.unlink(os.path.join(cache, name))
                with open(self.binary, "rb") as source, replaced(path) as target:
                    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
                        shutil.copyfileobj(source, packed, 1 << 20)
        return path


def find_runners(cache, module=MODULE, directory=RUNNERS):
    """All runners that this collection has, by architecture."""
    runners = dict(packed_runners(directory))
    if os.path.exists(module):
        arch = elf_architecture(module)
        if arch:
            runners[arch] = Runner(arch, content_hash(module, cache), binary=module)
    return runners


def packed_runners(directory):
    try:
        with open(os.path.join(directory, "SHA256SUMS"), encoding="ascii") as sums:
            lines = sums.read().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        # The sum is that of the unpacked binary.
        sha256, name = line.split()
        packed = os.path.join(directory, name + ".gz")
        if os.path.exists(packed):
            arch = name.rsplit("-", 1)[-1]
            yield arch, Runner(arch, sha256, compressed=packed)


def elf_architecture(path):
    with open(path, "rb") as binary:
        head = binary.read(20)
    if head[:4] != b"\x7fELF":
        return None
    return ELF_MACHINES.get(head[18:20])


def content_hash(path, cache):
    """The SHA-256 of a file; kept in the cache as long as the file's time, size and inode are the same."""
    found = os.stat(path)
    key = "%s %d %d %d" % (path, found.st_mtime_ns, found.st_size, found.st_ino)
    note = os.path.join(cache, hashlib.sha256(path.encode()).hexdigest()[:16] + ".sha256")
    with contextlib.suppress(OSError, ValueError):
        with open(note, encoding="utf-8") as known:
            sha256, known_key = known.read().split(" ", 1)
            if known_key == key:
                return sha256
    sha256 = hash_of(path)
    with contextlib.suppress(OSError):
        with replaced(note) as out:
            out.write(("%s %s" % (sha256, key)).encode())
    return sha256


def hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        for block in iter(lambda: source.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def replaced(path):
    """A file that has its name only when it is whole."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
        os.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(directory):
    """One at a time: Ansible's workers are processes that often want the same thing at the same moment."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    with open(os.path.join(directory, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
