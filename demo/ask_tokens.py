"""Asks Keystone for tokens, through HAProxy, until a file appears, at least once; ends with 1 if a request
failed."""

import json
import os
import sys
import time
import urllib.request


def read_env(path):
    with open(path, encoding="utf-8") as lines:
        return dict(line.strip().split("=", 1) for line in lines if "=" in line)


def request(env):
    domain = {"id": "default"}
    user = {"name": env["OS_USERNAME"], "domain": domain, "password": env["OS_PASSWORD"]}
    body = {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": env["OS_PROJECT_NAME"], "domain": domain}},
        }
    }
    return urllib.request.Request(
        env["OS_AUTH_URL"] + "/auth/tokens",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )


def main():
    env = read_env(sys.argv[1])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    came, slowest = 0, 0.0
    while came == 0 or not os.path.exists(sys.argv[2]):
        began = time.monotonic()
        try:
            with opener.open(request(env), timeout=60) as answer:
                if answer.status != 201 or not answer.headers["X-Subject-Token"]:
                    sys.exit("no token: status %d" % answer.status)
        except OSError as error:
            sys.exit("no token after %d that came: %s" % (came, error))
        came, slowest = came + 1, max(slowest, time.monotonic() - began)
    print("%d tokens came, none failed; the slowest took %.1f s" % (came, slowest))


main()
