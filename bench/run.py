"""scripts/bench: measures soma and its peers, prints a table, and writes bench/results/harness.{json,svg}."""

import argparse
import json
import os
import pathlib

import chunks
import growth
import kit
import measures
import peers
import picture
import report

# Each round runs soma, then each peer: a machine whose mood changes is the same for all.
FULL = {
    "rounds": 5,
    "turns": {"loops": 8, "turns": 50, "sessions": 25, "requests": 17},
    "held": 1000,
    "execs": 200,
    "streams": 1000,
    "streamSeconds": 6,
    "idleSessions": 1000,
    "starts": 20,
    "chunkRounds": 5,
    "longTurns": 1000,
}
QUICK = {
    "rounds": 2,
    "turns": {"loops": 2, "turns": 50, "sessions": 4, "requests": 17},
    "held": 200,
    "execs": 30,
    "streams": 1000,
    "streamSeconds": 4,
    "idleSessions": 1000,
    "starts": 5,
    "chunkRounds": 1,
    "longTurns": 200,
}


def turns_of_all(sizes, without_peers):
    """Rounds of soma and its peers, one after another: {"soma": [round, ...], "ai": [...], ...}."""
    plan = {**sizes["turns"], "workspace": peers.workspace()}
    rounds = {"soma": []}
    for number in range(sizes["rounds"]):
        kit.say(f"turns, round {number + 1} of {sizes['rounds']}")
        rounds["soma"].append(measures.soma_turns(plan))
        for key in [] if without_peers else peers.PEERS:
            # Memory does not change from round to round: one of them looks at it.
            held = sizes["held"] if number == 0 else 0
            rounds.setdefault(key, []).append(peers.run(key, {**plan, "held": held}))
    return rounds


def steps_of(sizes, without_peers):
    """What is measured, in this order: key of the raw figures, what it is called, how."""
    return {
        "turns": ("turns", lambda: turns_of_all(sizes, without_peers)),
        "chunks": ("streaming latency", lambda: chunks.chunk_latency(sizes["chunkRounds"], without_peers)),
        "execMs": ("session create to first output", lambda: measures.first_output(sizes["execs"])),
        "streams": (
            "streaming sessions",
            lambda: measures.streaming(sizes["streams"], sizes["streamSeconds"]),
        ),
        "memory": ("memory", lambda: measures.memory(sizes["idleSessions"])),
        "growth": ("a long session", lambda: growth.long_session(sizes["longTurns"])),
        "startMs": ("starts", lambda: measures.starts(sizes["starts"])),
        "journal": ("journal and disk", measures.journal),
    }


def measure(steps, only):
    raw = {}
    for key, (what, step) in steps.items():
        if only and key not in only:
            continue
        kit.say(what)
        raw[key] = step()
    return raw


def read_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts; writes to build/bench")
    parser.add_argument("--no-peers", action="store_true", help="soma alone")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="KEY",
        choices=list(steps_of(FULL, False)),
        help="these measurements; writes to build/bench",
    )
    parser.add_argument("--no-build", action="store_true", help="use what build/release has")
    return parser.parse_args()


def main():
    arguments = read_arguments()
    kit.HOME.mkdir(parents=True, exist_ok=True)
    if not arguments.no_peers:
        peers.install()
    # What else the machine did: a figure that was taken beside a compiler says so.
    load_before = os.getloadavg()[0]
    steps = steps_of(QUICK if arguments.quick else FULL, arguments.no_peers)
    raw = measure(steps, arguments.only)
    machine = {**kit.machine(), "loadBefore": load_before, "loadAfter": os.getloadavg()[0]}
    results = report.results(raw, machine, arguments.quick)
    print(report.table(results))
    # A quick or partial run is a look, not a result to commit.
    partial = bool(arguments.quick or arguments.no_peers or arguments.only)
    target = kit.HOME if partial else pathlib.Path(kit.ROOT / "bench/results")
    (target / "harness.json").write_text(json.dumps(results, indent=2) + "\n")
    (target / "harness.svg").write_text(picture.draw(results))
    kit.say(f"written: {(target / 'harness.json').relative_to(kit.ROOT)}, harness.svg beside it")


if __name__ == "__main__":
    main()
