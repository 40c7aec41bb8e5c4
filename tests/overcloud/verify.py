"""Run inside a container of the overcloud's image: uses the deployed services by their own clients, and fails at the
first that does not do what it should. What it makes is called verify-..., and is removed again.

The openstack client runs in this process: starting it for each command would take longer than the commands."""

import base64
import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import time
import urllib.request

import memcache
import redis
from openstackclient.shell import OpenStackShell

VIP = os.environ["VERIFY_VIP"]
PLACE = "/tmp/verify"
WAIT = 180


def passed(what):
    print("verified: " + what, flush=True)


def check(condition, what):
    if not condition:
        sys.exit("NOT verified: " + what)
    passed(what)


def openstack(*args, parse=True):
    """What the client prints, as data."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = OpenStackShell().run(list(args) + (["-f", "json"] if parse else []))
    if code:
        sys.exit("NOT verified: openstack %s: exit code %d\n%s" % (" ".join(args), code, err.getvalue()))
    return json.loads(out.getvalue()) if parse else out.getvalue()


def until(what, probe):
    """Waits until probe() is true; says what it was last otherwise."""
    end, last = time.monotonic() + WAIT, None
    while time.monotonic() < end:
        done, last = probe()
        if done:
            passed(what)
            return
        time.sleep(1)
    sys.exit("NOT verified: %s within %d s; the last answer: %s" % (what, WAIT, last))


def status(what, wanted, *args):
    def probe():
        found = openstack(*args)["status"]
        if found.startswith("error"):
            sys.exit("NOT verified: %s is %s" % (what, found))
        return found == wanted, found

    until("%s is %s" % (what, wanted), probe)


def all_up(what, count, *args):
    def probe():
        found = openstack(*args)
        down = [each for each in found if each["State"] != "up"]
        return len(found) >= count and not down, found

    until("all %s are up" % what, probe)


def token():
    # As a person types it.
    done = subprocess.run(["openstack", "token", "issue", "-f", "json"], capture_output=True, text=True, check=False)
    check(done.returncode == 0 and json.loads(done.stdout)["id"].startswith("gAAAAA"), "openstack token issue")


def image():
    content = os.urandom(1_000_000)
    with open(PLACE + "/up", "wb") as file:
        file.write(content)
    made = openstack("image", "create", "--disk-format", "raw", "--container-format", "bare", "--file", PLACE + "/up", "verify-image")
    status("the image", "active", "image", "show", made["id"])
    openstack("image", "save", "--file", PLACE + "/down", made["id"], parse=False)
    with open(PLACE + "/down", "rb") as file:
        check(file.read() == content, "the image came back byte for byte")
    return made["id"]


def block_storage(of_image):
    all_up("volume services", 3, "volume", "service", "list")
    volume = openstack("volume", "create", "--size", "1", "verify-volume")["id"]
    copy = openstack("volume", "create", "--size", "1", "--image", of_image, "verify-volume-of-image")["id"]
    status("a volume", "available", "volume", "show", volume)
    status("a volume of the image", "available", "volume", "show", copy)
    backup = openstack("volume", "backup", "create", "--name", "verify-backup", volume)["id"]
    status("a backup", "available", "volume", "backup", "show", backup)


def shares():
    all_up("share services", 2, "share", "service", "list")
    if not [each for each in openstack("share", "type", "list") if each["Name"] == "default"]:
        openstack("share", "type", "create", "default", "false")
    share = openstack("share", "create", "--name", "verify-share", "NFS", "1")["id"]
    status("a share", "available", "share", "show", share)


def clean_up():
    """What an earlier run left, and what this one made; newest first."""
    for kind in (["share"], ["volume", "backup"], ["volume"], ["image"]):
        for each in openstack(*kind, "list"):
            if str(each["Name"]).startswith("verify-"):
                openstack(*kind, "delete", each["ID"], parse=False)
    for kind in (["share"], ["volume", "backup"], ["volume"]):
        until("no %s of the verification is left" % " ".join(kind), lambda kind=kind: gone(kind))


def gone(kind):
    left = [each for each in openstack(*kind, "list") if str(each["Name"]).startswith("verify-")]
    return not left, left


def haproxy():
    """Its own statistics: each server of each service is up."""
    request = urllib.request.Request("http://%s:%s/;csv" % (VIP, os.environ["VERIFY_STATS_PORT"]))
    account = "admin:" + os.environ["VERIFY_STATS_PASSWORD"]
    request.add_header("Authorization", "Basic " + base64.b64encode(account.encode()).decode())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def probe():
        with opener.open(request, timeout=10) as answer:
            text = answer.read().decode().lstrip("# ")
        servers = [row for row in csv.DictReader(io.StringIO(text)) if row["svname"] not in ("FRONTEND", "BACKEND")]
        down = ["%s/%s %s" % (r["pxname"], r["svname"], r["status"]) for r in servers if not r["status"].startswith("UP")]
        names = {row["pxname"] for row in servers}
        return names >= set(os.environ["VERIFY_PROXIES"].split(",")) and not down, down or sorted(names)

    until("HAProxy has every server of every service up", probe)


def small_stores():
    store = redis.Redis(host=VIP, port=6379, password=os.environ["VERIFY_REDIS_PASSWORD"])
    store.set("verify", "redis", ex=60)
    check(store.get("verify") == b"redis" and store.delete("verify"), "Redis keeps a value")
    members = [key for key in store.scan_iter("*") if b"cinder" in key or b"manila" in key or b"_tooz" in key]
    print("    keys of the coordination in Redis: %d" % len(members))
    cache = memcache.Client(os.environ["VERIFY_MEMCACHED"].split(","))
    check(cache.set("verify", "memcached", 60) and cache.get("verify") == "memcached", "memcached keeps a value")


def main():
    os.makedirs(PLACE, exist_ok=True)
    token()
    haproxy()
    small_stores()
    clean_up()
    block_storage(image())
    shares()
    clean_up()


main()
