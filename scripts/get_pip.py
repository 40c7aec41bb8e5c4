#!/usr/bin/env python3
"""What ansible-test runs in place of get-pip, which it would download: the pip that Python brings installs the wanted one.

usage: get_pip.py [PIP OPTION...] pip==VERSION [PACKAGE==VERSION...]
"""

import subprocess
import sys

# Options of get-pip, not of pip.
GET_PIP = ("--no-setuptools", "--no-wheel")


def run(module, *arguments):
    subprocess.run([sys.executable, "-m", module] + list(arguments), check=True)


def main():
    # A process of its own: it takes pip's settings out of its environment.
    run("ensurepip")
    run("pip", "install", *[argument for argument in sys.argv[1:] if argument not in GET_PIP])


if __name__ == "__main__":
    main()
