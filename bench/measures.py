"""The measures of soma. Each returns plain figures; none decides whether they are good."""

import http.client
import json
import os
import subprocess
import time

import peers
from kit import HOME, JOURNAL_BENCH, Server, median, quantile, text_turn, tick_times, ticking_turn, times_of
from kit import tool_turn, whole

IDLE_SECONDS = 1.0  # until a server that has just worked is called idle
DISK_SYNCS = 200
WARM_SESSIONS = 50
STREAM_RAMP_MS = 3_000
STREAM_WAIT_MS = 100


def disk_syncs():
    """Microseconds of a write of 1 KiB and its fdatasync, growing a file: what every commit waits for."""
    path = HOME / "disk"
    file = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    times = []
    for _ in range(DISK_SYNCS):
        begin = time.perf_counter()
        os.write(file, b"x" * 1024)
        os.fdatasync(file)
        times.append((time.perf_counter() - begin) * 1e6)
    os.close(file)
    path.unlink()
    return times


def soma_turns(plan):
    """What the peers' programs measure, through HTTP and the journal; and the disk's syncs just then."""
    with Server("turns") as server:
        loop = [line for number in range(plan["turns"]) for line in tool_turn(number)] + text_turn()
        looping = server.replay("loop", loop, maxIterations=plan["turns"] + 1)
        short = server.replay("short", text_turn() * plan["requests"])
        server.load(looping)
        turns = []
        for exchange in whole(server.load(looping, sessions=plan["loops"])):
            # Two messages a turn: the model's, then the tool results.
            begins = times_of(exchange, "messageStart")[::2]
            if len(begins) != plan["turns"] + 1:
                raise RuntimeError(f"{len(begins)} turns")
            turns += [after - before for before, after in zip(begins, begins[1:])]
        exchanges = whole(server.load(short, sessions=plan["sessions"], requests=plan["requests"]))
        # A session's first invocation opens it: that is not the harness's work per turn.
        later = [exchange["end"] for exchange in exchanges if exchange["request"] > 0]
    return {"turnUs": turns, "invocationUs": later, "syncUs": disk_syncs()}


def first_output(count):
    """Milliseconds from a request with a new session's id until the first byte of its shell's output."""
    with Server("exec") as server:
        server.replay("shell", text_turn())
        path = "/runtimes/shell/commands"
        whole(server.load(path, {"command": "true"}))
        exchanges = whole(server.load(path, {"command": "echo hi"}, sessions=count))
        return [times_of(exchange, "chunk.contentDelta.stdout")[0] / 1000 for exchange in exchanges]


def most_at_once(exchanges):
    edges = [(exchange["begin"], 1) for exchange in exchanges]
    edges += [(exchange["begin"] + exchange["end"], -1) for exchange in exchanges]
    open_now = most = 0
    for _, change in sorted(edges):
        open_now += change
        most = max(most, open_now)
    return most


def stream_figures(exchanges, deltas, alone):
    """How much later than in a session that had the server to itself."""
    served = [e for e in exchanges if e["status"] == 200 and not e["error"]]
    arrivals = [tick_times(exchange) for exchange in served if times_of(exchange, "messageStop")]
    served = [times for times in arrivals if len(times) == deltas]
    late = [(at - usual) / 1000 for times in served for at, usual in zip(times, alone)] or [float("nan")]
    first = [times[0] / 1000 for times in served] or [float("nan")]
    return {
        "served": len(served),
        "atOnce": most_at_once(exchanges),
        "lateP50Ms": median(late),
        "lateP99Ms": quantile(late, 0.99),
        "firstP50Ms": median(first),
        "firstP99Ms": quantile(first, 0.99),
    }


def streaming(sessions, seconds):
    """Sessions that stream a delta each STREAM_WAIT_MS: begun over STREAM_RAMP_MS, and in one instant."""
    deltas = seconds * 1000 // STREAM_WAIT_MS
    with Server("streams") as server:
        path = server.replay("ticks", ticking_turn(deltas, STREAM_WAIT_MS))
        server.load(path)
        runs = [tick_times(exchange) for exchange in whole(server.load(path, sessions=3))]
        alone = [median(column) for column in zip(*runs)]
        ramped = server.load(path, sessions=sessions, at_once=sessions, ramp_ms=STREAM_RAMP_MS)
        burst = server.load(path, sessions=sessions, at_once=sessions)
        return {
            "sessions": sessions,
            "deltas": deltas,
            "ramped": stream_figures(ramped, deltas, alone),
            "burst": stream_figures(burst, deltas, alone),
            "rssAfterKb": server.rss_kb(),
        }


def memory(sessions):
    """RSS of a server that has served one request, and with so many sessions more that have answered once."""
    with Server("memory") as server:
        path = server.replay("short", text_turn())
        time.sleep(IDLE_SECONDS)
        idle = server.rss_kb()
        # What a first few invocations fill once (caches, pools, pages of the program) is not a session's.
        whole(server.load(path, sessions=WARM_SESSIONS))
        before = server.rss_kb()
        whole(server.load(path, sessions=sessions, at_once=8))
        time.sleep(IDLE_SECONDS)
        after = server.rss_kb()
        resident = server.request("GET", "/api/status")[1]["sessions"].get("resident", sessions)
    # Only so many sessions stay in memory; the others are on disk. All growth is charged to those that stay.
    held = min(sessions, resident)
    return {"idleKb": idle, "perSessionKb": (after - before) / held, "sessions": sessions, "held": held}


def start_once(server):
    begin = time.perf_counter()
    server.port = 0
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/api/status")
    served = connection.getresponse().status
    elapsed = time.perf_counter() - begin
    connection.close()
    server.stop()
    if served != 200:
        raise RuntimeError(f"the first request got {served}")
    return elapsed * 1000


def starts(count):
    """Milliseconds from the program's launch to its first answer, a new data directory each time."""
    return [start_once(Server("start")) for _ in range(count)]


def journal():
    """What src/base/journal's own benchmark says: appends a second, and the disk's syncs beside them."""
    done = subprocess.run([JOURNAL_BENCH, HOME], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)["results"]
