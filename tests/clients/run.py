#!/usr/bin/env python3
"""Drives a real soma ($SOMA_BIN, default build/release/soma) with the official AWS SDKs, and checks its HTTP
description and its manuals.

    tests/clients/run.py [--only node|python] [-k WORD]

Installs the pinned clients on its first run: npm packages into tests/clients/node_modules, Python packages into
build/clients-venv.
Ends with the line `clients: N of M passed`; exit code 0 only when all passed.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENV = ROOT / "build/clients-venv"
NODE_TEST_TIMEOUT_MS = 120_000
NODE_TIMEOUT_SECONDS = 600


def up_to_date(stamp, source):
    return stamp.exists() and stamp.read_text() == source.read_text()


def install_python():
    """A virtual environment with requirements.txt; made again when that file changes."""
    source, stamp = HERE / "requirements.txt", VENV / "requirements.installed"
    if up_to_date(stamp, source):
        return
    print("clients: installing Python packages", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [
        str(VENV / "bin/python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(source),
    ]
    subprocess.run(pip, check=True)
    stamp.write_text(source.read_text())


def install_node():
    source, stamp = HERE / "package-lock.json", HERE / "node_modules/.installed-lock.json"
    if up_to_date(stamp, source):
        return
    print("clients: installing npm packages", flush=True)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True)
    stamp.write_text(source.read_text())


def run_node(word):
    """(passed, total) of the node tests, on one server for all of them."""
    from somas import governed_soma  # of the environment that install_python made

    files = sorted(str(path) for path in (HERE / "node").glob("*.test.mjs"))
    command = [
        "node",
        "--test",
        "--test-reporter=tap",
        f"--test-timeout={NODE_TEST_TIMEOUT_MS}",
        "--test-concurrency=1",
    ]
    if word:
        command.append(f"--test-name-pattern={word}")
    with governed_soma() as soma:
        environment = {**os.environ, **soma.environment, "SOMA_URL": soma.info["url"]}
        done = subprocess.run(
            command + files,
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=NODE_TIMEOUT_SECONDS,
        )
    counts = {
        name: int(number) for name, number in re.findall(r"^# (tests|pass|fail) (\d+)$", done.stdout, re.M)
    }
    if done.returncode != 0 or not counts.get("tests"):
        print(done.stdout[-20000:], done.stderr[-4000:])
        counts.setdefault("tests", 1)
    failed = done.returncode != 0 and counts.get("pass", 0) == counts["tests"]
    return counts.get("pass", 0) - (1 if failed else 0), counts["tests"]


def run_python(word):
    """(passed, total) of the Python tests beside this file."""
    loader = unittest.TestLoader()
    if word:
        loader.testNamePatterns = [f"*{word}*"]
    suite = loader.discover(str(HERE), pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    # A test whose parts fail is one failed test; a class that cannot be set up is one that did not run.
    failed = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    total = result.testsRun + sum(name.startswith("setUpClass") for name in failed)
    return total - len(failed), total


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["node", "python"])
    parser.add_argument("-k", dest="word", default="", help="only tests whose name has this in it")
    arguments = parser.parse_args()
    install_python()
    if pathlib.Path(sys.prefix).resolve() != VENV.resolve():
        python = str(VENV / "bin/python")
        os.execv(python, [python, str(HERE / "run.py"), *sys.argv[1:]])
    passed = total = 0
    if arguments.only != "python":
        install_node()
        passed, total = run_node(arguments.word)
        print(f"clients, node: {passed} of {total} passed", flush=True)
    if arguments.only != "node":
        python_passed, python_total = run_python(arguments.word)
        passed, total = passed + python_passed, total + python_total
    print(f"clients: {passed} of {total} passed")
    return 0 if total and passed == total else 1


if __name__ == "__main__":
    sys.exit(main())
