"""Opens the page of `paunch report --html` in a real headless Chromium: no error on the console, the filter and the
keyboard work, it is readable in light and dark, and 5 hosts x 100 containers x 5 steps stay quick to filter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.chrome.service import Service

HOSTS, CONTAINERS, STEPS = 5, 100, 5
ACTIONS = ("unchanged", "created", "recreated", "failed", "not_reached")


def container(host, step, number):
    action = ACTIONS[number % len(ACTIONS)] if step == 3 else ("created" if number % 2 else "unchanged")
    found = {
        "name": "service_%03d" % number,
        "action": action,
        "reason": "new",
        "image": "registry.example/service:1",
        "start_order": number // 25,
        "begin_ms": 100 + 20 * number,
        "duration_ms": 200,
        "phases": [
            {"name": "create", "begin_ms": 100 + 20 * number, "duration_ms": 60},
            {"name": "health", "begin_ms": 160 + 20 * number, "duration_ms": 140},
        ],
    }
    if action == "failed":
        found.update(error="exit code 1", stderr="Access denied for %s" % host)
    return found


def write_results(directory):
    for h in range(HOSTS):
        host = "controller-%d" % h
        os.makedirs(os.path.join(directory, host))
        for step in range(1, STEPS + 1):
            containers = [container(host, step, n) for n in range(CONTAINERS)]
            changed = [c["name"] for c in containers if c["action"] not in ("unchanged", "not_reached")]
            failed = [c["name"] for c in containers if c["action"] == "failed"]
            result = {
                "host": host,
                "step": step,
                "changed": True,
                "failed": bool(failed),
                "msg": "step %d" % step,
                "began_at": "2026-01-02T03:04:%02d.000Z" % (5 * step),
                "duration_ms": 3000 + 100 * h,
                "changed_containers": changed,
                "failed_containers": failed,
                "phases": [{"name": "observe", "begin_ms": 0, "duration_ms": 40}],
                "containers": containers,
            }
            with open(os.path.join(directory, host, "step_%d.json" % step), "w", encoding="utf-8") as file:
                json.dump(result, file)


def write_details(directory):
    """What was found on each host: six mounts and two findings of each container."""
    for h in range(HOSTS):
        names = ["service_%03d" % n for n in range(CONTAINERS)]
        mounts = [
            {"kind": "bind", "source": "/var/lib/config-data/%s/%d" % (name, n), "destination": "/etc/%s/%d" % (name, n), "writable": False, "use": "config"}
            for name in names for n in range(6)
        ]
        finding = {"severity": "high", "rule": "privileged", "text": "runs privileged", "key": "privileged: false"}
        details = {
            "mounts": [{"config": "s", "name": n, "container": n, "mounts": [m for m in mounts if "/%s/" % n in m["source"]]} for n in names],
            "changed_files": [{"config": "s", "name": "service_042", "container": "service_042", "files": [{"path": "/etc/x.conf", "kind": "modified"}]}],
            "findings": [{"config": "s", "name": n, "container": n, "findings": [finding, dict(finding, severity="low")]} for n in names],
        }
        with open(os.path.join(directory, "controller-%d" % h, "host.json"), "w", encoding="utf-8") as file:
            json.dump({"host": "controller-%d" % h, "containers": [], "details": details}, file)


def browser(dark, profile):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--window-size=1280,900",
        "--user-data-dir=" + profile,
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
    )
    return driver


def check(condition, sentence):
    if not condition:
        raise SystemExit("report-test: " + sentence)


def shown(driver):
    return driver.find_element(By.ID, "shown").text


def visible(driver):
    return driver.execute_script("return document.querySelectorAll('details.container:not([hidden])').length")


def use_filter(driver):
    total = HOSTS * STEPS * CONTAINERS
    check(shown(driver) == "%d of %d containers" % (total, total), "the page counts %r" % shown(driver))
    body = driver.find_element(By.TAG_NAME, "body")
    body.send_keys("/")
    box = driver.switch_to.active_element
    check(box.get_attribute("id") == "filter", "the key / does not reach the filter")
    box.send_keys("controller-1 service_042")
    check(visible(driver) == STEPS, "the filter shows %d rows, not one per step" % visible(driver))
    box.send_keys(Keys.ENTER)
    row = driver.switch_to.active_element
    check(row.tag_name == "summary" and "service_042" in row.text, "Enter does not go to the first match")
    row.send_keys(Keys.ENTER)
    details = row.find_element(By.XPATH, "..")
    check(details.get_attribute("open") is not None, "Enter does not open the row")
    check("registry.example/service:1" in details.text, "the open row does not show the image")
    row.send_keys("j")
    check(driver.switch_to.active_element.id != row.id, "j does not move to the next row")
    driver.switch_to.active_element.send_keys("k")
    check(driver.switch_to.active_element.id == row.id, "k does not move back")
    script = "return Array.from(document.querySelectorAll('#%s details[open] tr[data-search]:not([hidden])')).length"
    for section, rows in (("mounts", 6), ("changes", 1), ("findings", 2)):
        found = driver.execute_script(script % section)
        check(found == rows, "the filter shows %d rows of %s, not %d" % (found, section, rows))
    row.send_keys(Keys.ESCAPE)
    check(visible(driver) == total, "Escape does not clear the filter")
    check(driver.execute_script(script % "mounts") == 0, "Escape leaves the tables of hosts open")
    driver.find_element(By.CSS_SELECTOR, "button[data-show=failed]").click()
    check(visible(driver) == HOSTS * CONTAINERS // len(ACTIONS), "'failed' shows %d rows" % visible(driver))
    driver.find_element(By.CSS_SELECTOR, "button[data-show=failed]").click()


def colours(driver):
    script = "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
    return driver.execute_script(script)


def brightness(colour):
    numbers = [float(n) for n in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(numbers) / 3


def read_page(url, dark, picture):
    with tempfile.TemporaryDirectory() as profile:
        driver = browser(dark, profile)
        try:
            driver.get(url)
            background, text = (brightness(c) for c in colours(driver))
            check((background < text) == dark, "dark %s, but the background is %s and the text %s" % (dark, background, text))
            check(abs(background - text) > 150, "too little contrast between text and background")
            wide = driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
            check(wide <= 0, "the page is %d pixels wider than the window" % wide)
            use_filter(driver)
            driver.save_screenshot(picture)
            errors = [e for e in driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
            check(not errors, "the console says %s" % errors)
        finally:
            driver.quit()


def main(paunch, pictures):
    os.makedirs(pictures, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        results, page = os.path.join(directory, "results"), os.path.join(directory, "report.html")
        write_results(results)
        write_details(results)
        subprocess.run([paunch, "report", results, "--html", page], check=True)
        for dark in (False, True):
            name = os.path.join(pictures, "report-%s.png" % ("dark" if dark else "light"))
            read_page("file://" + page, dark, name)
            check(os.path.getsize(name) > 10000, "the screenshot is empty")
    print("report-test: filter, keyboard, light and dark work; screenshots in", pictures)


if __name__ == "__main__":
    main(*sys.argv[1:])
