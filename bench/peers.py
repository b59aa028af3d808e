"""The peers: installs them below build/ when they are missing, and runs them on the same scripted model."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from kit import BUILD, ROOT, say

HOME = BUILD / "bench-peers"
SOURCES = ROOT / "bench/peers"


def up_to_date(source, installed):
    return installed.exists() and installed.read_bytes() == source.read_bytes()


def run_quietly(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def install_ai():
    home = HOME / "node"
    if up_to_date(SOURCES / "package.json", home / "installed.json"):
        return
    say("installing the AI SDK into build/bench-peers/node")
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCES / "package.json", home / "package.json")
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    run_quietly(["npm", "install", *options], cwd=home)
    shutil.copy(SOURCES / "package.json", home / "installed.json")


def install_strands():
    home = HOME / "python"
    if up_to_date(SOURCES / "requirements.txt", home / "installed.txt"):
        return
    say("installing Strands Agents into build/bench-peers/python")
    run_quietly([sys.executable, "-m", "venv", home])
    run_quietly([home / "bin/pip", "install", "--quiet", "-r", SOURCES / "requirements.txt"])
    shutil.copy(SOURCES / "requirements.txt", home / "installed.txt")


def ai_command():
    # Node looks for packages beside the file that imports them.
    here = shutil.copy(SOURCES / "ai_bench.mjs", HOME / "node")
    return ["node", "--expose-gc", str(here)]


def strands_command():
    return [str(HOME / "python/bin/python"), str(SOURCES / "strands_bench.py")]


PEERS = {
    "ai": {
        "name": "Vercel AI SDK",
        "install": install_ai,
        "command": ai_command,
        "cwd": HOME / "node",
    },
    "strands": {
        "name": "Strands Agents",
        "install": install_strands,
        "command": strands_command,
        "cwd": HOME,
    },
}


def pinned_versions():
    packages = json.loads((SOURCES / "package.json").read_text())["dependencies"]
    strands = (SOURCES / "requirements.txt").read_text().strip().split("==")[1]
    return {"ai": packages["ai"], "strands": strands}


def install():
    for peer in PEERS.values():
        peer["install"]()


def run(key, plan):
    """One process, one round: {"turnUs", "invocationUs", "idleKb", "perSessionKb"}."""
    peer = PEERS[key]
    command = peer["command"]() + [json.dumps(plan)]
    environment = {**os.environ, "OTEL_SDK_DISABLED": "true", "AI_SDK_LOG_WARNINGS": "false"}
    done = subprocess.run(command, cwd=peer["cwd"], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{peer['name']} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def workspace():
    """What the trivial tool lists: an empty folder, as soma's new session has."""
    path = pathlib.Path(HOME / "workspace")
    path.mkdir(parents=True, exist_ok=True)
    return str(path)
