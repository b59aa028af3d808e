"""scripts/bench workflow: measures workflows of soma and its peers, prints a table, and writes bench/results/workflow.json."""

import argparse
import json
import os
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])
import kit
import report
from workflow import measures, peers
from workflow.report import NOTE, results

# Executions at each of measures.LEVELS, of the long ones at each of LONG_LEVELS; DBOS and aws-local-stepfunctions work for `seconds` at each.
FULL = {
    "rounds": 3,
    "tasks": (500, 3_200, 6_400),
    "passes": (1_000, 6_400, 12_800),
    "express": (1_500, 8_000, 12_800),
    "long": (480, 1_024),
    "longExpress": (960, 2_048),
    "restate": (200, 1_280, 2_560),
    "seconds": 3,
    "open": 100_000,
    "kills": 3,
    "jsonataSeconds": 1,
}
QUICK = {
    "rounds": 1,
    "tasks": (100, 800, 2_560),
    "passes": (200, 1_600, 5_120),
    "express": (200, 1_600, 5_120),
    "long": (80, 256),
    "longExpress": (160, 512),
    "restate": (50, 320, 1_024),
    "seconds": 1,
    "open": 10_000,
    "kills": 1,
    "jsonataSeconds": 0.25,
}


def steps_of(sizes, without_peers):
    return {
        "engine": measures.engine,
        "workflows": lambda: measures.workflows(sizes, without_peers),
        "open": lambda: measures.open_executions(sizes["open"], sizes["kills"]),
        "jsonata": lambda: measures.jsonata(sizes["jsonataSeconds"], without_peers),
    }


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench workflow", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts; writes to build/bench")
    parser.add_argument("--no-peers", action="store_true", help="soma alone")
    parser.add_argument("--no-build", action="store_true", help="use what build/release has")
    parser.add_argument("--only", nargs="+", default=[], metavar="KEY", choices=list(steps_of(FULL, False)), help="these; writes to build/bench")
    arguments = parser.parse_args()
    kit.HOME.mkdir(parents=True, exist_ok=True)
    if not arguments.no_peers:
        peers.install()
    load_before = os.getloadavg()[0]
    raw = {}
    for key, step in steps_of(QUICK if arguments.quick else FULL, arguments.no_peers).items():
        if not arguments.only or key in arguments.only:
            kit.say(key)
            raw[key] = step()
    machine = {**kit.machine(), "loadBefore": load_before, "loadAfter": os.getloadavg()[0]}
    made = results(raw, machine, arguments.quick)
    print(report.table(made, NOTE))
    # A quick or partial run is a look, not a result to commit.
    partial = bool(arguments.quick or arguments.no_peers or arguments.only)
    target = (kit.HOME if partial else kit.ROOT / "bench/results") / "workflow.json"
    target.write_text(json.dumps(made, indent=2) + "\n")
    kit.say(f"written: {target.relative_to(kit.ROOT)}")


if __name__ == "__main__":
    main()
