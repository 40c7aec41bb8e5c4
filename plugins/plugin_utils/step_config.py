# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step configs on the controller, read as the program reads those on a host."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Mapping

import yaml

PATTERNS = ("*.json", "*.yml", "*.yaml")
STEP = re.compile(r"^step_\d+$")


class ConfigError(Exception):
    """Everything that is wrong with a config."""


class TextLoader(yaml.SafeLoader):
    """Keeps the text of scalars: a umask of 0022 is not 18, a version of 1.10 not 1.1. Refuses a key that comes twice."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a string", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "duplicate key %r" % key.value, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


TextLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
TextLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
TextLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), ["t", "f"])
TextLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(0|-?[1-9][0-9]*)$"), list("-0123456789"))


def read_config(path, patterns, step, render):
    """The mapping of container names to keys that a file or directory holds. render(path) is the file's text, or
    a mapping that a template came out as."""
    problems = []
    try:
        if os.path.isdir(path):
            if step is not None and has_steps(path):
                path = os.path.join(path, "step_%s" % step)
            if not os.path.isdir(path):
                return {}
            return read_directory(path, patterns or PATTERNS, render, problems)
        return read_file(path, step, render, problems)
    finally:
        if problems:
            raise ConfigError("; ".join(problems))


def has_steps(path):
    """Tells a directory of directories, one for each step that has something."""
    return any(STEP.match(name) and os.path.isdir(os.path.join(path, name)) for name in os.listdir(path))


def read_directory(path, patterns, render, problems):
    config, origin = {}, {}
    for name in sorted(os.listdir(path)):
        file = os.path.join(path, name)
        if not matches(name, patterns) or os.path.isdir(file):
            continue
        keys = mapping(file, render, problems)
        if keys is None:
            continue
        container = name_of(file)
        if is_wrapped(keys):
            container, keys = next(iter(keys.items()))
        elif len(keys) > 1 and all(isinstance(v, Mapping) for v in keys.values()):
            problems.append("%s: holds %d containers: a directory has one per file" % (file, len(keys)))
            continue
        if container in config:
            problems.append("container %r is defined twice, in %s and in %s" % (container, origin[container], file))
            continue
        config[container], origin[container] = keys, file
    return config


def read_file(path, step, render, problems):
    config = mapping(path, render, problems)
    if config is None:
        return {}
    if config and all(STEP.match(str(key)) for key in config):
        config = config.get("step_%s" % step) or {}
        if not isinstance(config, Mapping):
            problems.append("%s: step_%s must hold a mapping" % (path, step))
        return config
    if any(value is not None and not isinstance(value, Mapping) for value in config.values()):
        return {name_of(path): config}
    return config


def mapping(path, render, problems):
    """What a file holds, or None and a problem."""
    content = render(path)
    if not isinstance(content, Mapping):
        try:
            content = yaml.load(content, Loader=TextLoader)  # a SafeLoader
        except yaml.YAMLError as e:
            problems.append("%s: %s" % (path, one_line(e)))
            return None
    if content is None:
        problems.append("%s: is empty: write {} for a config without containers" % path)
    elif not isinstance(content, Mapping):
        problems.append("%s: must hold a mapping" % path)
        content = None
    return content


def one_line(error):
    """Where and what; the lines of the file are not quoted, they may hold secrets."""
    mark = getattr(error, "problem_mark", None)
    text = getattr(error, "problem", None) or "not valid YAML"
    return "line %d: %s" % (mark.line + 1, text) if mark else text


def is_wrapped(keys):
    """Tells {name: {keys}} from {keys}: no container has but one key, as each needs an image or an action."""
    if len(keys) != 1:
        return False
    return isinstance(next(iter(keys.values())), Mapping)


def matches(name, patterns):
    """Hidden files only match patterns that ask for them: editors write such."""
    return any(
        fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
        for pattern in patterns
    )


def name_of(path):
    name = os.path.splitext(os.path.basename(path))[0]
    return name[len("hashed-"):] if name.startswith("hashed-") else name
