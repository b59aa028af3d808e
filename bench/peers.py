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


def stream_command(program):
    """Only these need the peers' packages: a Node program stands beside them, and Python's is the venv's."""

    def command():
        if program.endswith(".py"):
            return [str(HOME / "python/bin/python"), str(SOURCES / program)]
        return ["node", str(shutil.copy(SOURCES / program, HOME / "node"))]

    return command


PEERS = {
    "ai": {
        "name": "Vercel AI SDK",
        "install": install_ai,
        "command": ai_command,
        "stream": stream_command("ai_stream.mjs"),
        "cwd": HOME / "node",
    },
    "strands": {
        "name": "Strands Agents",
        "install": install_strands,
        "command": strands_command,
        "stream": stream_command("strands_stream.py"),
        "cwd": HOME,
    },
}

# No peer in what it does, but the floor of what any server costs that a stream passes through.
PROXY = {"name": "bare proxy, Node.js", "stream": stream_command("proxy_stream.mjs"), "cwd": HOME / "node"}


def pinned_versions():
    packages = json.loads((SOURCES / "package.json").read_text())["dependencies"]
    strands = (SOURCES / "requirements.txt").read_text().splitlines()[0].split("==")[1]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"ai": packages["ai"], "strands": strands, "proxy": node.removeprefix("v")}


def install():
    for peer in PEERS.values():
        peer["install"]()


def environment():
    return {**os.environ, "OTEL_SDK_DISABLED": "true", "AI_SDK_LOG_WARNINGS": "false"}


def run(key, plan):
    """One process, one round: {"turnUs", "invocationUs", "idleKb", "perSessionKb"}."""
    peer = PEERS[key]
    command = peer["command"]() + [json.dumps(plan)]
    done = subprocess.run(command, cwd=peer["cwd"], env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{peer['name']} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


class StreamPeer:
    """A peer's process that answers each POST by the stream of a model at `base_url`."""

    def __init__(self, peer, base_url):
        command = peer["stream"]() + [json.dumps({"baseUrl": base_url})]
        self.process = subprocess.Popen(
            command, cwd=peer["cwd"], env=environment(), stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"{peer['name']} did not start")
        self.port = int(line)
        self.pid = self.process.pid

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def workspace():
    """What the trivial tool lists: an empty folder, as soma's new session has."""
    path = pathlib.Path(HOME / "workspace")
    path.mkdir(parents=True, exist_ok=True)
    return str(path)
