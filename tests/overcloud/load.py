"""Asks Keystone for 20 tokens a second, through HAProxy, until a file appears; fails if one request failed."""

import concurrent.futures
import json
import os
import sys
import time
import urllib.request

RATE = 20


def read_env(path):
    with open(path, encoding="utf-8") as lines:
        return dict(line.strip().split("=", 1) for line in lines if "=" in line)


def request(env, identity):
    scope = {"project": {"name": env["OS_PROJECT_NAME"], "domain": {"id": "default"}}}
    return urllib.request.Request(
        env["OS_AUTH_URL"] + "/auth/tokens",
        data=json.dumps({"auth": {"identity": identity, "scope": scope}}).encode(),
        headers={"Content-Type": "application/json"},
    )


def by_password(env):
    user = {"name": env["OS_USERNAME"], "domain": {"id": "default"}, "password": env["OS_PASSWORD"]}
    return {"methods": ["password"], "password": {"user": user}}


def by_token(opener, env):
    """As users of one login ask: a password's hash is slow by design and would measure the machine."""
    with opener.open(request(env, by_password(env)), timeout=120) as answer:
        return {"methods": ["token"], "token": {"id": answer.headers["X-Subject-Token"]}}


def ask(opener, env, identity):
    """None, or what went wrong."""
    try:
        with opener.open(request(env, identity), timeout=120) as answer:
            return None if answer.status == 201 and answer.headers["X-Subject-Token"] else "status %d" % answer.status
    except OSError as error:
        return str(error)


def main():
    env = read_env(sys.argv[1])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    identity = by_token(opener, env)
    pending, came, problems = [], 0, []
    with concurrent.futures.ThreadPoolExecutor(max_workers=200) as pool:
        began = time.monotonic()
        while not os.path.exists(sys.argv[2]):
            pending.append(pool.submit(ask, opener, env, identity))
            time.sleep(max(0.0, began + len(pending) / RATE - time.monotonic()))
        for each in pending:
            if each.result() is None:
                came += 1
            else:
                problems.append(each.result())
    print("%d tokens in %.0f s, %d failed %s" % (came, time.monotonic() - began, len(problems), sorted(set(problems))))
    sys.exit(1 if problems or not came else 0)


main()
