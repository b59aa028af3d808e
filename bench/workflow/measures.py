"""The measures of workflows. Each returns plain figures; none decides whether they are good."""

import json
import pathlib
import subprocess
import time

import kit
import measures as harness
from workflow import peers

STEPS = 5
LEVELS = (1, 16, 256)  # executions at once
# What a step costs once its workflow runs: the start is a hundredth of it.
LONG_STEPS = 100
LONG_LEVELS = (16, 256)
WARM = 50
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:step"
ROLE = "arn:aws:iam::000000000000:role/soma"
INPUT = {"order": 17, "items": ["a", "b"]}
API = "X-Amz-Target: AWSStepFunctions."
OPENING_AT_ONCE = 64
IDLE_S = 2.0


def chain(state, steps=STEPS):
    """A machine of so many such states, one after another."""
    last = steps - 1
    states = {f"S{number}": {**state, **({"End": True} if number == last else {"Next": f"S{number + 1}"})} for number in range(steps)}
    return {"StartAt": "S0", "States": states}


# A task is a commit: its result, and that the next one was asked for. Pass states have nothing to wait for: one commit for all.
TASKS = chain({"Type": "Task", "Resource": FUNCTION})
PASSES = chain({"Type": "Pass"})
LONG = chain({"Type": "Task", "Resource": FUNCTION}, LONG_STEPS)
WAITING = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86_400, "End": True}}}


class Server(kit.Server):
    """With a function that answers at once, in the server itself: the step costs nothing, its durability does."""

    def __init__(self, name):
        super().__init__(name)
        (pathlib.Path(self.data) / "workflow.json").write_text(json.dumps({"functions": {"step": {"return": {"done": True}}}}))

    def machine(self, name, definition, kind="STANDARD"):
        body = {"name": name, "definition": json.dumps(definition), "roleArn": ROLE, "type": kind}
        status, made = self.request("POST", "/", body, {"x-amz-target": "AWSStepFunctions.CreateStateMachine"})
        if status != 200:
            raise RuntimeError(f"no machine {name}: {made}")
        return made["stateMachineArn"]

    def count(self, machine, status):
        """At most 1,000: whether there are any is what is asked."""
        found = self.request("GET", f"/api/workflow/executions?machine={machine}&status={status}&limit=1000")[1]
        return len(found["executions"])


def level(exchanges, at_once):
    """Of the load client's exchanges: milliseconds of each, and of all together."""
    failed = [exchange for exchange in exchanges if exchange["error"] or exchange["status"] not in (200, 201)]
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(exchanges)} failed: {failed[0]['status']} {failed[0]['error'][:300]}")
    seconds = max(exchange["begin"] + exchange["end"] for exchange in exchanges) / 1e6
    return {"atOnce": at_once, "seconds": seconds, "ms": [exchange["end"] / 1000 for exchange in exchanges]}


def levels(port, path, body, counts, header="", at=LEVELS):
    kit.load(port, path, body, header=header, sessions=4, at_once=4, requests=WARM)
    made = []
    for at_once, count in zip(at, counts):
        requests = max(1, count // at_once)
        made.append(level(kit.load(port, path, body, header=header, sessions=at_once, at_once=at_once, requests=requests), at_once))
    return made


def soma(sizes):
    """{kind: [level, …]}: durable ones of tasks and of Pass states, Express ones, long ones, and the disk's syncs just then."""
    with Server("workflow") as server:
        tasks, passes = server.machine("tasks", TASKS), server.machine("passes", PASSES)
        express = server.machine("express", TASKS, "EXPRESS")
        server.machine("long", LONG)
        long_express = server.machine("long-express", LONG, "EXPRESS")
        ends = "/api/workflow/machines/{}/executions?wait=30"
        whole = {"input": INPUT}
        made = {
            "tasks": levels(server.port, ends.format("tasks"), whole, sizes["tasks"]),
            "passes": levels(server.port, ends.format("passes"), whole, sizes["passes"]),
        }
        started = {"input": json.dumps(INPUT), "stateMachineArn": express}
        made["expressSync"] = levels(server.port, "/", started, sizes["express"], API + "StartSyncExecution")
        made["expressAsync"] = levels(server.port, "/", started, sizes["express"], API + "StartExecution")
        made["longTasks"] = levels(server.port, ends.format("long"), whole, sizes["long"], at=LONG_LEVELS)
        started["stateMachineArn"] = long_express
        made["longExpress"] = levels(server.port, "/", started, sizes["longExpress"], API + "StartSyncExecution", LONG_LEVELS)
        for machine in ("tasks", "passes", "long"):
            for status in ("RUNNING", "FAILED", "TIMED_OUT", "ABORTED"):
                if server.count(machine, status):
                    raise RuntimeError(f"an execution of {machine} is {status}")
    return {**made, "syncUs": harness.disk_syncs()}


def restate(sizes):
    with peers.Restate(STEPS) as server:
        return {"tasks": levels(server.ingress, "/order/run", INPUT, sizes["restate"])}


def dbos(sizes):
    plan = {"steps": STEPS, "warm": WARM, "levels": LEVELS, "seconds": sizes["seconds"], "pool": peers.POOL}
    with peers.Postgres() as database:
        return {"tasks": peers.node("dbos.mjs", json.dumps({**plan, "database": database.url()}))}


def temporal(sizes):
    plan = {"steps": STEPS, "warm": WARM, "levels": LEVELS, "seconds": sizes["seconds"]}
    with peers.Temporal() as server:
        return {"tasks": peers.node("temporal.mjs", json.dumps({**plan, "address": f"127.0.0.1:{server.port}"}))}


def asl(sizes):
    plan = {"tasks": list(TASKS["States"]), "input": INPUT, "warm": WARM, "levels": LEVELS, "seconds": sizes["seconds"]}
    found = {"tasks": peers.node("asl.mjs", json.dumps({**plan, "definition": TASKS}))}
    return {**found, "passes": peers.node("asl.mjs", json.dumps({**plan, "definition": PASSES}))}


PEERS = {"restate": restate, "dbos": dbos, "temporal": temporal, "asl": asl}


def peers_here():
    """Those that could be installed: a machine without Go has no Temporal."""
    return {key: measure for key, measure in PEERS.items() if key != "temporal" or peers.TEMPORAL.exists()}


def workflows(sizes, without_peers):
    """Rounds of soma, then each peer: {"soma": [round, …], "restate": […], …}."""
    rounds = {}
    for number in range(sizes["rounds"]):
        for key, measure in {"soma": soma, **({} if without_peers else peers_here())}.items():
            kit.say(f"workflows, round {number + 1} of {sizes['rounds']}: {key}")
            rounds.setdefault(key, []).append(measure(sizes))
    return rounds


def engine():
    """Transitions a second of one core, by shape; the program takes medians itself."""
    return {one["shape"]: one["transitionsPerSecond"] for one in json_lines([kit.BUILD / "release/engine_bench"])}


def start_after_kill(server):
    """Seconds from the launch on the same data to the first answer about an execution."""
    server.kill()
    begin = time.perf_counter()
    server.start()
    if server.count("waiting", "RUNNING") == 0:
        raise RuntimeError("what was open is lost")
    return time.perf_counter() - begin


def disk_bytes(server):
    return sum(file.stat().st_size for file in pathlib.Path(server.data).glob("journal.db*"))


def open_executions(count, kills):
    """So many executions that wait: what they cost in memory and on disk, and how soon soma is back after SIGKILL."""
    with Server("waiting") as server:
        server.machine("waiting", WAITING)
        path, body = "/api/workflow/machines/waiting/executions", {"input": INPUT}
        level(server.load(path, body, sessions=4, at_once=4, requests=WARM), 4)
        time.sleep(IDLE_S)
        rss, disk = server.rss_kb(), disk_bytes(server)
        requests = count // OPENING_AT_ONCE
        opened = level(server.load(path, body, sessions=OPENING_AT_ONCE, at_once=OPENING_AT_ONCE, requests=requests), OPENING_AT_ONCE)
        number = len(opened["ms"])
        time.sleep(IDLE_S)
        figures = {"open": number, "startsPerSecond": number / opened["seconds"]}
        figures["bytesOfRssEach"] = (server.rss_kb() - rss) * 1024 / number
        figures["bytesOfDiskEach"] = (disk_bytes(server) - disk) / number
        figures["recoverySeconds"] = [start_after_kill(server) for _ in range(kills)]
        time.sleep(IDLE_S)
        figures["rssAfterRecoveryKb"] = server.rss_kb()
    return figures


def json_lines(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, **options)
    return [json.loads(line) for line in done.stdout.splitlines()]


def jsonata(seconds, without_peers):
    """Evaluations a second of each expression, one thread: {"soma": {what: figure}, "jsonata": {…}}."""
    plan = [str(kit.JSONATA_CASES), str(seconds)]
    lines = {"soma": json_lines([kit.JSONATA_BENCH, *plan])}
    if not without_peers:
        lines["jsonata"] = peers.node("jsonata_bench.mjs", *plan)
    return {key: {one["what"]: one["perSecond"] for one in of_one} for key, of_one in lines.items()}
