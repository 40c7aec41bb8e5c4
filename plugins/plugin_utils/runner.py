# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which binary a host gets: where it is in the collection, its digest, the compressed form that is sent."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import tempfile

from ansible_collections.overcloud.paunch.plugins.plugin_utils.host_shell import Problem
from ansible_collections.overcloud.paunch.plugins.plugin_utils.manifest import SUMS, digests

# The names that uname -m has for what is built, by the name that the files have.
ARCHITECTURES = {
    "x86_64": ("x86_64", "amd64"),
    "aarch64": ("aarch64", "arm64"),
}

PREFIX = "paunch_step-linux-"
RUNNERS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "runners")


class Runner:
    """One architecture's binary: compressed by xz in a collection, as it is in a checkout."""

    def __init__(self, arch, sha256, binary=None, packed=None):
        self.arch = arch
        self.sha256 = sha256
        self.binary = binary
        self.packed = packed

    def gzipped(self, cache, keep=()):
        """The path of the form that is sent, which every host can unpack: made once per digest, checked against it,
        and kept in the cache. Others of the cache are removed unless keep names their digest."""
        path = os.path.join(cache, self.sha256 + ".gz")
        with locked(cache):
            if not os.path.exists(path):
                for name in os.listdir(cache):
                    if name.endswith(".gz") and name[:-3] not in keep:
                        os.unlink(os.path.join(cache, name))
                with self._content() as source, replaced(path) as target:
                    self._pack(source, target)
        return path

    def forget(self, cache):
        """Removes the form that is sent, which a host refused."""
        with locked(cache), contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(cache, self.sha256 + ".gz"))

    def _content(self):
        if self.binary:
            return open(self.binary, "rb")
        try:
            import lzma
        except ImportError as e:
            raise Problem(
                "the Python of the controller has no lzma module, which unpacks %s: use a Python that has it (one built "
                "from source needs the headers of liblzma)" % os.path.basename(self.packed)
            ) from e
        return lzma.open(self.packed)

    def _pack(self, source, target):
        digest = hashlib.sha256()
        try:
            with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as out:
                for block in iter(lambda: source.read(1 << 20), b""):
                    digest.update(block)
                    out.write(block)
        except (EOFError, ValueError) as e:
            raise self._damaged(e) from e
        except Exception as e:
            # By name: its module may be missing.
            if type(e).__name__ != "LZMAError":
                raise
            raise self._damaged(e) from e
        if digest.hexdigest() != self.sha256:
            raise self._damaged("its SHA-256 is not the one in %s" % SUMS)

    def _damaged(self, why):
        return Problem(
            "%s is damaged (%s); install the collection again" % (self.packed or self.binary, why)
        )


def find_runners(cache, directory=RUNNERS, keyring=None):
    """All runners that this collection has, by architecture: those that the manifest of digests names. A digest is that
    of the unpacked binary, which is what runs; a binary without one is refused. With a keyring the manifest must be
    signed by a key in it."""
    sums = digests(directory, keyring)
    runners = {}
    for arch in ARCHITECTURES:
        name = PREFIX + arch
        binary, packed = os.path.join(directory, name), os.path.join(directory, name + ".xz")
        if os.path.exists(binary):
            require_digest(binary, content_hash(binary, cache), sums.get(name))
            runners[arch] = Runner(arch, sums[name], binary=binary)
        elif os.path.exists(packed) and name in sums:
            runners[arch] = Runner(arch, sums[name], packed=packed)
    return runners


def require_digest(path, found, wanted):
    if found != wanted:
        raise Problem(
            "%s is refused: its SHA-256 %s; build it again (make build), or install the collection again"
            % (path, "is not the one in " + SUMS if wanted else "is not in " + SUMS)
        )


def content_hash(path, cache):
    """The SHA-256 of a file; kept in the cache as long as the file's times, size and inode are the same."""
    found = os.stat(path)
    # Anybody can set the time of a change of the content, nobody that of a change of the inode.
    key = "%s %d %d %d %d" % (path, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
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
