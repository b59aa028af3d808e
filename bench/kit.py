"""What the measures share: a soma of their own, the load client, the null model's scripts, and quantiles."""

import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
sys.path.insert(0, str(ROOT / "tests/kit"))

from soma_process import Soma  # noqa: E402  (the path is set just above)

PROMPT = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
HOME = BUILD / "bench"  # on the real disk: /tmp may be memory
LOAD_CLIENT = BUILD / "release/soma_load"
JOURNAL_BENCH = BUILD / "release/journal_bench"
JSONATA_BENCH = BUILD / "release/jsonata_bench"
JSONATA_CASES = ROOT / "bench/jsonata.json"
TICK = "tick "
USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}


median = statistics.median


def say(text):
    print(f"\033[2mbench:\033[0m {text}", file=sys.stderr, flush=True)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))]


def status_kb(pid, name, file="status"):
    for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"no {name} of process {pid}")


def cpu_seconds(pid):
    """Of all threads, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def load(port, path, body=None, **options):
    """Exchanges of the load client with any server, in order of their ends."""
    body_file = HOME / "body.json"
    body_file.write_text(json.dumps(body or PROMPT))
    command = [LOAD_CLIENT, "--port", port, "--path", path, "--body", body_file]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), value]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_script(name, lines):
    path = HOME / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def text_turn():
    delta = {"contentBlockIndex": 0, "delta": {"text": "Hello."}}
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": delta},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": USAGE}},
    ]


def tool_turn(number):
    start = {"toolUse": {"toolUseId": f"use-{number}", "name": "file_operations"}}
    tool_input = json.dumps({"operation": "list", "path": "."})
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 0, "start": start}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": tool_input}}}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": USAGE}},
    ]


def ticking_turn(deltas, wait_ms):
    return [
        {"messageStart": {"role": "assistant"}},
        {"repeat": {"count": deltas, "delta": {"text": TICK}, "waitMs": wait_ms}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]


class Server(Soma):
    """A soma with its data below build/, and the load client pointed at it."""

    def __init__(self, name):
        data = HOME / name
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        super().__init__(data=str(data), arguments=["--log-level", "warning"])
        self.loads = 0

    def replay(self, name, lines, **config):
        """A harness whose model plays `lines`."""
        model = {"provider": "replay", "modelId": write_script(name, lines)}
        self.create_harness({"harnessName": name, "model": model, **config})
        return f"/harnesses/invoke?harnessArn={urllib.parse.quote(name)}"

    def load(self, path, body=None, **options):
        """Exchanges of the load client, in order of their ends. Session ids are new with every call."""
        self.loads += 1
        return load(self.port, path, body, prefix=f"bench-{self.loads}", **options)

    def rss_kb(self):
        return status_kb(self.process.pid, "VmRSS")

    def pss_kb(self):
        return status_kb(self.process.pid, "Pss", "smaps_rollup")


def whole(exchanges):
    """Refuses to measure anything but answers that came whole."""
    for exchange in exchanges:
        if exchange["status"] != 200 or exchange["error"]:
            raise RuntimeError(f"an answer failed: {exchange['status']} {exchange['error']}")
    return exchanges


def times_of(exchange, keys):
    """When the events came whose JSON begins with these keys, in microseconds since the request began."""
    return [at for name, at, _ in exchange["events"] if name.startswith(keys)]


def tick_times(exchange):
    """When each tick of a ticking turn came: a delta that joins several brought them all at its time."""
    return [at for _, at, size in exchange["events"] for _ in range(size // len(TICK))]


def machine():
    """What the figures depend on."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = [line for line in lines if line.startswith("model name")]
    memory_kb = int(pathlib.Path("/proc/meminfo").read_text().split()[1])
    disk = subprocess.run(["df", "--output=fstype", str(BUILD)], capture_output=True, text=True, check=True)
    return {
        "cores": os.cpu_count(),
        "cpu": cpu[0].split(": ", 1)[1] if cpu else os.uname().machine,
        "memoryGiB": round(memory_kb / 2**20, 1),
        "kernel": ".".join(os.uname().release.split("-")[0].split(".")[:3]),
        "fileSystem": disk.stdout.split()[-1],
    }
