#!/usr/bin/env python3
"""Writes a collection's tarball again, so that its bytes depend on its contents only.

usage: repack.py FROM TO SECONDS   SECONDS since 1970 is the time of all files
"""

import gzip
import hashlib
import io
import json
import sys
import tarfile


def contents(path):
    with tarfile.open(path) as tar:
        return {m.name: (m, tar.extractfile(m).read() if m.isfile() else None) for m in tar.getmembers()}


def text(value):
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def sort_manifest(files):
    """The builder lists files as the file system does."""
    member, data = files["FILES.json"]
    listing = json.loads(data)
    listing["files"].sort(key=lambda f: f["name"])
    files["FILES.json"] = (member, text(listing))
    member, data = files["MANIFEST.json"]
    manifest = json.loads(data)
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(files["FILES.json"][1]).hexdigest()
    files["MANIFEST.json"] = (member, text(manifest))


def write(files, path, seconds):
    with open(path, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name in sorted(files):
                member, data = files[name]
                info = tarfile.TarInfo(name)
                info.type, info.mtime = member.type, seconds
                info.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                info.size = len(data or b"")
                tar.addfile(info, io.BytesIO(data) if data is not None else None)


def main():
    source, target, seconds = sys.argv[1:]
    files = contents(source)
    sort_manifest(files)
    write(files, target, int(seconds))


if __name__ == "__main__":
    main()
