# Copyright: (c) the paunch authors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service catalogue: one file per service says on which roles it runs, in which steps, with which containers,
directories, files and secrets. Here it is read, checked, and turned into what one host gets. Templating is the
caller's: values go through the render functions of a Renderer."""

from __future__ import annotations

import copy
import hashlib
import hmac
import os
from collections.abc import Mapping

import yaml

STEPS = (1, 2, 3, 4, 5)
HASH_VARIABLE = "TRIPLEO_CONFIG_HASH"
HASH_KEY = "overcloud_hash_key"

SERVICE_KEYS = {
    "title", "roles", "image", "variables", "secrets", "directories", "files", "common", "containers", "init_step",
    "proxy", "database", "endpoint",
}
DIRECTORY_KEYS = {"path", "target", "options", "owner", "mode", "use", "roles"}
FILE_KEYS = {"target", "template", "content", "vars", "mode", "directory", "roles"}
# What the catalogue adds to the keys of a step config.
CONTAINER_KEYS = {"roles", "bootstrap", "mounts", "watch", "ready"}
PROXY_KEYS = {"port", "mode", "check", "roles", "options"}
DATABASE_KEYS = {"name", "password"}
ENDPOINT_KEYS = {"name", "type", "path", "user", "password"}
SECRET_KINDS = ("password", "fernet_keys")


class CatalogueError(Exception):
    """Everything that is wrong with a catalogue, or with what a host gets of it."""

    def __init__(self, problems):
        super().__init__("; ".join(problems))
        self.problems = problems


class Loader(yaml.SafeLoader):
    """Refuses a key that is given twice."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, dummy in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "duplicate key %r" % key.value, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class Service:
    """One file of the catalogue, as it is written: nothing is rendered yet."""

    def __init__(self, name, file, data):
        self.name = name
        self.file = file
        self.title = data.get("title", name)
        self.roles = data.get("roles") or []
        self.image = data.get("image", "{{ overcloud_image }}")
        self.variables = data.get("variables") or {}
        self.secrets = data.get("secrets") or {}
        self.directories = data.get("directories") or {}
        self.files = data.get("files") or {}
        self.common = data.get("common") or {}
        self.containers = data.get("containers") or {}
        self.init_step = data.get("init_step", 2)
        self.public = {key: data[key] for key in ("proxy", "database", "endpoint") if data.get(key)}


# ---- reading

def load(directories):
    """The services of all directories by name. A later directory's file replaces an earlier one's of the same name."""
    services, problems = {}, []
    for directory in directories:
        try:
            names = sorted(os.listdir(directory))
        except OSError as e:
            problems.append("%s: %s" % (directory, e.strerror))
            continue
        for name in names:
            if name.endswith(".yml") and not name.startswith("."):
                service = read(os.path.join(directory, name), name[:-len(".yml")], problems)
                services[name[:-len(".yml")]] = service
    if problems:
        raise CatalogueError(problems)
    return dict(sorted(services.items()))


def read(file, name, problems):
    try:
        with open(file, encoding="utf-8") as text:
            data = yaml.load(text, Loader)  # a safe loader
    except (OSError, ValueError, yaml.YAMLError) as e:
        problems.append("%s: %s" % (file, " ".join(str(e).split())))
        return None
    found = []
    check(data, found)
    problems.extend("%s: %s" % (file, problem) for problem in found)
    return Service(name, file, data) if not found else None


def check(data, problems):
    """What can be seen without rendering: the shape."""
    if not is_mapping(data, "the file", SERVICE_KEYS, problems):
        return
    found = []
    names(data.get("roles", []), "roles", found)
    for key in ("variables", "common", "secrets"):
        is_mapping(data.get(key) or {}, key, None, found)
    for key, keys in (("proxy", PROXY_KEYS), ("database", DATABASE_KEYS), ("endpoint", ENDPOINT_KEYS)):
        if data.get(key):
            is_mapping(data[key], key, keys, found)
    for section, keys in (("directories", DIRECTORY_KEYS), ("files", FILE_KEYS)):
        if is_mapping(data.get(section) or {}, section, None, found):
            for name, entry in (data.get(section) or {}).items():
                is_mapping(entry, "%s: %s" % (section, name), keys, found)
    if not found:
        check_secrets(data, found)
        check_files(data, found)
        check_containers(data, found)
    problems.extend(found)


def check_secrets(data, problems):
    for secret, kind in (data.get("secrets") or {}).items():
        if kind not in SECRET_KINDS:
            problems.append("secrets: %s: must be one of %s" % (secret, ", ".join(SECRET_KINDS)))


def check_files(data, problems):
    for name, entry in (data.get("files") or {}).items():
        if ("template" in entry) == ("content" in entry):
            problems.append("files: %s: exactly one of template and content is required" % name)
        if "directory" in entry and entry["directory"] not in (data.get("directories") or {}):
            problems.append("files: %s: no directory is called %s" % (name, entry["directory"]))
    for name, entry in (data.get("directories") or {}).items():
        if not entry.get("path"):
            problems.append("directories: %s: path is required" % name)


def check_containers(data, problems):
    containers = data.get("containers") or {}
    if not is_mapping(containers, "containers", {"step_%d" % step for step in STEPS}, problems):
        return
    known = {"directories": data.get("directories") or {}, "files": data.get("files") or {}}
    for step, entries in containers.items():
        for name, entry in entries.items() if is_mapping(entries, step, None, problems) else ():
            where = "%s: %s" % (step, name)
            if not is_mapping(entry, where, None, problems):
                continue
            names(entry.get("roles", []), where + ": roles", problems)
            extra = sorted(set(entry.get("roles", [])) - set(data.get("roles") or []))
            if extra:
                problems.append("%s: roles that the service does not have: %s" % (where, ", ".join(extra)))
            check_mounts(entry, where, known, problems)


def check_mounts(entry, where, known, problems):
    for mount in names(entry.get("mounts", []), where + ": mounts", problems):
        found = known["directories"].get(mount) or known["files"].get(mount)
        if found is None:
            problems.append("%s: mounts: no directory or file is called %s" % (where, mount))
        elif not found.get("target"):
            problems.append("%s: mounts: %s has no target" % (where, mount))
    for name in names(entry.get("watch", []), where + ": watch", problems):
        if name not in known["files"]:
            problems.append("%s: watch: no file is called %s" % (where, name))


def is_mapping(data, where, keys, problems):
    if not isinstance(data, Mapping):
        problems.append("%s: expected a mapping" % where)
        return False
    for key in sorted(set(map(str, data)) - keys) if keys is not None else ():
        problems.append("%s: unknown key %s; expected %s" % (where, key, ", ".join(sorted(keys))))
    return True


def names(data, where, problems):
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        problems.append("%s: expected a list of names" % where)
        return []
    return data


def gather(arguments, function):
    """Calls the function with each, and raises what is wrong with any of them at once."""
    found, problems = [], []
    for each in arguments:
        try:
            found.append(function(*each))
        except CatalogueError as e:
            problems += [problem for problem in e.problems if problem not in problems]
    if problems:
        raise CatalogueError(problems)
    return found


# ---- what a host gets

class Renderer:
    """Renders for one host. value(data, extra) templates strings in any data, text(file, extra) a template's file."""

    def value(self, data, extra=None):
        raise NotImplementedError

    def text(self, file, extra):
        raise NotImplementedError

    def has(self, variable):
        raise NotImplementedError


class Inventory:
    """Which hosts there are: groups are roles."""

    def __init__(self, host, groups, bootstrap_hosts, address):
        self.host = host
        self.groups = groups
        self.bootstrap_hosts = bootstrap_hosts
        self.address = address

    def hosts(self, roles):
        """In the order of the roles, and of the inventory."""
        return list(dict.fromkeys(host for role in roles for host in self.groups.get(role, [])))

    def has(self, roles):
        return any(self.host in self.groups.get(role, []) for role in roles)


class HostView:
    """The catalogue as one host sees it."""

    def __init__(self, services, inventory, renderer):
        self.services = services
        self.inventory = inventory
        self.renderer = renderer
        self._public = None
        self._texts = {}

    # -- all services

    def public(self):
        """What templates see of every service that has a host: name, hosts, proxy, database, endpoint."""
        if self._public is None:
            self._public = {}
            for service in self.deployed():
                data = self._value(service, "its variables", service.public)
                proxy_roles = service.public.get("proxy", {}).get("roles", service.roles)
                data.update(name=service.name, title=service.title, hosts=self._hosts(service.roles))
                if "proxy" in data:
                    data["proxy"]["hosts"] = self._hosts(proxy_roles)
                self._public[service.name] = data
        return self._public

    def deployed(self):
        return [service for service in self.services.values() if self.inventory.hosts(service.roles)]

    def _hosts(self, roles):
        return [{"name": host, "address": self.inventory.address(host)} for host in self.inventory.hosts(roles)]

    def secrets(self):
        """Variables by name, with their kinds."""
        return {name: kind for service in self.deployed() for name, kind in service.secrets.items()}

    def _check_secrets(self):
        missing = sorted(name for name in self.secrets() if not self.renderer.has(name))
        if missing:
            raise CatalogueError(["secrets that are not set: %s" % ", ".join(missing)])

    # -- of this host

    def own(self):
        return [service for service in self.services.values() if self.inventory.has(service.roles)]

    def _here(self, service, entry):
        return self.inventory.has(entry.get("roles", service.roles))

    def directories(self):
        """As paunch_step_directories: those of configuration files are for root alone."""
        found = []
        for service in self.own():
            files = [e for e in service.files.values() if "directory" not in e and self._here(service, e)]
            if files:
                found.append({"path": self._config_directory(service), "mode": "0700"})
            for name, entry in service.directories.items():
                if self._here(service, entry):
                    path = self._value(service, "directory " + name, entry["path"])
                    found.append({"path": path, "mode": entry["mode"]} if "mode" in entry else {"path": path})
        return found

    def files(self):
        """As paunch_step_files."""
        self._check_secrets()
        wanted = [(s, name, e) for s in self.own() for name, e in s.files.items() if self._here(s, e)]
        return gather(wanted, lambda service, name, entry: {
            "path": self._path(service, name), "content": self._text(service, name), "mode": entry.get("mode", "0644")
        })

    def config(self, steps=STEPS):
        """As paunch_step_config: every step, also one without containers, which has nothing then."""
        self._check_secrets()
        config = {"step_%d" % step: {} for step in steps}

        def add(service, step):
            entries = self._containers(service, step)
            twice = sorted(set(entries) & set(config["step_%d" % step]))
            if twice:
                raise CatalogueError(["%s: step_%d: another service has %s too" % (service.file, step, ", ".join(twice))])
            config["step_%d" % step].update(entries)

        gather([(service, step) for service in self.own() for step in steps], add)
        return config

    def _containers(self, service, step):
        entries = {}
        if step == service.init_step:
            entries.update(self._init_container(service))
        for name, entry in service.containers.get("step_%d" % step, {}).items():
            if self._here(service, entry) and self._is_chosen(service, entry):
                entries[name] = self._container(service, name, entry)
        return entries

    def _is_chosen(self, service, entry):
        """An entry for the bootstrap host is on one host of its roles only, whichever hosts a run is limited to."""
        if not entry.get("bootstrap"):
            return True
        hosts = self.inventory.hosts(entry.get("roles", service.roles))
        chosen = self.inventory.bootstrap_hosts.get(service.name, hosts[0])
        if chosen not in hosts:
            raise CatalogueError(["%s: %s is not one of its hosts: %s" % (service.name, chosen, ", ".join(hosts))])
        return self.inventory.host == chosen

    def _init_container(self, service):
        """Gives directories to users that only the image knows the numbers of."""
        owned = {n: e for n, e in service.directories.items() if e.get("owner") and self._here(service, e)}
        if not owned:
            return {}
        of_owner = {}
        for entry in owned.values():
            of_owner.setdefault(entry["owner"], []).append(entry["target"])
        commands = ["chown -R %s %s" % (owner, " ".join(targets)) for owner, targets in of_owner.items()]
        entry = {"user": "root", "net": "none", "detach": False, "mounts": list(owned), "start_order": -1}
        entry["command"] = commands[0] if len(commands) == 1 else ["sh", "-c", " && ".join(commands)]
        return {service.name + "_init_log": self._container(service, service.name + "_init_log", entry, common={})}

    def _container(self, service, name, entry, common=None):
        is_exec = entry.get("action") == "exec"
        keys = {} if is_exec else dict(service.common if common is None else common)
        keys.update((key, value) for key, value in entry.items() if key not in CONTAINER_KEYS)
        if "ready" in entry:
            keys = dict(until_ready(entry["ready"]), **keys)
        keys = self._value(service, "container " + name, copy.deepcopy(keys))
        if not is_exec:
            keys.setdefault("image", self._value(service, "image", service.image))
        volumes = [self._volume(service, mount) for mount in entry.get("mounts", [])]
        if volumes:
            keys["volumes"] = volumes + list(keys.get("volumes", []))
        watched = [n for n in entry.get("mounts", []) if n in service.files] + list(entry.get("watch", []))
        if watched:
            environment = keys.setdefault("environment", {})
            environment[HASH_VARIABLE] = self._hash(service, watched)
        return keys

    def _volume(self, service, name):
        if name in service.files:
            target = self._value(service, "file " + name, service.files[name]["target"])
            return "%s:%s:ro" % (self._path(service, name), target)
        entry = self._value(service, "directory " + name, service.directories[name])
        return ":".join(entry[key] for key in ("path", "target", "options") if key in entry)

    def _hash(self, service, watched):
        """Keyed, so that a password in a file cannot be guessed from the hash of the file."""
        key = str(self._value(service, HASH_KEY, "{{ %s | default('') }}" % HASH_KEY))
        digest = hmac.new(key.encode(), digestmod=hashlib.sha256)
        for name in watched:
            text = self._text(service, name).encode()
            digest.update(("%s %d\n" % (name, len(text))).encode() + text)
        return digest.hexdigest()

    # -- paths and texts

    def _config_directory(self, service):
        return self._value(service, "overcloud_config_dir", "{{ overcloud_config_dir }}") + "/" + service.name

    def _path(self, service, name):
        directory = service.files[name].get("directory")
        if directory is None:
            return self._config_directory(service) + "/" + name
        return self._value(service, "directory " + directory, service.directories[directory]["path"]) + "/" + name

    def _text(self, service, name):
        if (service.name, name) not in self._texts:
            entry = service.files[name]
            extra = {"services": self.public(), "service": self.public()[service.name]}
            extra.update(self._value(service, "file " + name, entry.get("vars") or {}, extra))
            try:
                if "template" in entry:
                    file = os.path.join(os.path.dirname(service.file), "templates", entry["template"])
                    text = self.renderer.text(file, extra)
                else:
                    text = str(self.renderer.value(entry["content"], extra))
            except CatalogueError:
                raise
            except Exception as e:  # whatever a template raises is a problem of that template
                raise CatalogueError(["%s: file %s: %s" % (service.file, name, e)]) from e
            self._texts[service.name, name] = text
        return self._texts[service.name, name]

    def _value(self, service, what, data, extra=None):
        try:
            return self.renderer.value(data, extra)
        except Exception as e:  # as above
            raise CatalogueError(["%s: %s: %s" % (service.file, what, e)]) from e


def until_ready(command):
    """The wave ends when the command succeeds: it is tried each second until then, and twice a minute after that."""
    return {
        "wait": "healthy",
        "healthcheck": {"test": command, "interval": "30s", "timeout": "10s"},
        "health_startup_cmd": command, "health_startup_interval": "1s", "health_startup_timeout": "10s",
    }


def describe(view):
    """The catalogue for programs: what runs where, with which directories."""
    return [
        {
            "service": service.name, "title": service.title, "roles": service.roles,
            "hosts": view.inventory.hosts(service.roles),
            "steps": [step for step in STEPS if service.containers.get("step_%d" % step)],
            "secrets": sorted(service.secrets),
            "containers": {step: list(entries) for step, entries in service.containers.items()},
        }
        for service in view.services.values()
    ]
