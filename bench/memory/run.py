"""scripts/bench memory: measures memories of soma and its peers, prints a table, and writes bench/results/memory.json."""

import argparse
import json
import os
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])
import kit
import report
from memory import measures, peers
from memory.report import NOTE, results

# `events`: at each of measures.LEVELS. `mem0Records`: mem0 is asked among so many records at most, for it writes some thirty a second.
FULL = {
    "rounds": 5,
    "events": (1_000, 12_800),
    "consolidations": 400,
    "records": (1_000, 20_000, 100_000),
    "questions": 500,
    "writes": 1_000,
    "mem0Records": 1_000,
}
QUICK = {
    "rounds": 1,
    "events": (200, 1_280),
    "consolidations": 40,
    "records": (1_000, 5_000),
    "questions": 100,
    "writes": 200,
    "mem0Records": 1_000,
}
KEYS = ("events", "consolidation", "retrieve", "recall")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts; writes to build/bench")
    parser.add_argument("--no-peers", action="store_true", help="soma alone")
    parser.add_argument("--no-build", action="store_true", help="use what build/release has")
    parser.add_argument("--only", nargs="+", default=[], metavar="KEY", choices=KEYS, help="these, of soma alone; writes to build/bench")
    arguments = parser.parse_args()
    alone = arguments.no_peers or bool(arguments.only)
    kit.HOME.mkdir(parents=True, exist_ok=True)
    if not alone:
        peers.install()
    load_before = os.getloadavg()[0]
    raw = {}
    for key, step in measures.all_of(QUICK if arguments.quick else FULL, alone).items():
        if not arguments.only or key in arguments.only:
            kit.say(key)
            raw[key] = step()
    machine = {**kit.machine(), "loadBefore": load_before, "loadAfter": os.getloadavg()[0]}
    made = results(raw, machine, arguments.quick)
    print(report.table(made, NOTE))
    # A quick or partial run is a look, not a result to commit.
    target = (kit.HOME if arguments.quick or alone else kit.ROOT / "bench/results") / "memory.json"
    target.write_text(json.dumps(made, indent=2) + "\n")
    kit.say(f"written: {target.relative_to(kit.ROOT)}")


if __name__ == "__main__":
    main()
