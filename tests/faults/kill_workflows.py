#!/usr/bin/env python3
"""Kills soma with SIGKILL at random moments while 200 executions of real machines are at work, and holds it to its promises.

The machines (workflow_situations.py) loop, branch, map, wait, retry with growing waits, call functions and programs, start each other,
give tokens away and let workers poll; somebody stops some of them and redrives others. Functions are in this process and log each call with its
idempotency key. After every kill the server starts again on the same data and must go on by itself; clients repeat what was cut.

Promises checked at the end:
 * every start that was acknowledged is there, and has ended as its machine must; what was not acknowledged is whole or not there;
 * a start that was repeated with the same name and input is the same execution, with another input it is refused;
 * outputs are exactly right; no step has an effect twice; a call that may not be repeated was asked for once, or its outcome is told as
   unknown; within one life of the server no key comes twice;
 * an answer to a token or of a worker that was acknowledged is the output, and there is one such answer;
 * a stopped or failed execution has no child that goes on, and no execution has two children of one task;
 * histories are whole (workflow_history.py), and every event that a follower saw is in the journal, unchanged.

  tests/faults/kill_workflows.py [--kills 1000] [--seconds N] [--seed N] [--only order|retried|nested|…] [--at-work 200]
"""

import argparse
import collections
import http.client
import json
import pathlib
import queue
import random
import re
import shutil
import sys
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from faults.workflow_history import history_problems
from faults.workflow_situations import ARN, CHILDREN, SITUATIONS, read_program_log, settings
from kit.function_stub import FunctionStub
from kit.soma_process import Soma, open_runs, read_sse, wait_until

LONGEST_ROUND_S = 0.5
LONGEST_CALL_S = 0.06
SETTLE_S = 180
STARTERS, WORKERS, ANSWERERS, FOLLOWERS = 4, 4, 2, 8
SHOWN_PROBLEMS = 12
ROLE = "arn:aws:iam::000000000000:role/soma"


class Cut(Exception):
    """The server was killed before it answered."""


class Refused(Exception):
    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name


class Execution:
    def __init__(self, situation, number):
        self.situation = situation
        self.tag = f"{situation.name}-{number}"
        self.input = json.dumps({"tag": self.tag})
        self.arn = f"{ARN}:execution:{situation.name}:{self.tag}"
        self.machine = f"{ARN}:stateMachine:{situation.name}"
        self.run_id = f"execution/{situation.name}/{self.tag}"
        self.started = None  # its start date, once that was acknowledged
        self.stopped = None  # the date that its stop was acknowledged with
        self.redriven = False


class World:
    """The server and its killer, the functions, the people and workers around it, and what was acknowledged."""

    def __init__(self, seed, situations, at_work):
        self.chance = random.Random(seed)
        self.situations = {situation.name: situation for situation in situations}
        self.at_work = at_work
        self.life = 0
        self.alive, self.over = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.executions = {}  # by tag
        self.starts, self.tokens = queue.Queue(), queue.Queue()
        self.mended = set()  # tags whose broken step works now
        self.sent = collections.defaultdict(list)
        self.acknowledged = collections.defaultdict(list)
        self.followed = {}  # run id → {seq: event}
        self.problems = []  # (tag, what)
        self.counts = collections.Counter()
        self.functions = FunctionStub(self._answer, LONGEST_CALL_S)
        self.soma = Soma(arguments=["--log-level", "error"])
        self.program_log = pathlib.Path(self.soma.data) / "program.log"
        self.local = threading.local()

    def _answer(self, call, nth):
        return self.situations[call.tag.partition("-")[0]].answer(self, call, nth)

    def start(self):
        file = pathlib.Path(self.soma.data) / "workflow.json"
        file.write_text(json.dumps(settings(self.functions, self.life, self.program_log)))
        began = time.monotonic()
        self.soma.start()
        self.counts["longest start, ms"] = max(self.counts["longest start, ms"], round(1000 * (time.monotonic() - began)))

    def count(self, name, more=1):
        with self.lock:
            self.counts[name] += more

    def problem(self, tag, what):
        with self.lock:
            self.problems.append((tag, what))

    def sent_answers(self, tag):
        return self.sent[tag]

    def acknowledged_answers(self, tag):
        return self.acknowledged[tag]

    def program_runs(self):
        return self.runs_of_program

    # ---- the API

    def call(self, operation, timeout=70, **parameters):
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AWSStepFunctions.{operation}"}
        status, body = self.request("POST", "/", json.dumps(parameters), headers, timeout)
        if status == 200:
            return body
        if status >= 500:  # it is being started or shut down; a client of the service would try again
            self.count(f"status {status}")
            raise Cut
        raise Refused(body.get("__type", status), body.get("message", ""))

    def request(self, method, path, body=None, headers=None, timeout=70):
        """On the thread's own connection, for as long as the server lives that it leads to."""
        life = self.life
        if getattr(self.local, "life", None) != life:
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=timeout)
            self.local.life = life
        try:
            self.local.connection.request(method, path, body, headers or {})
            response = self.local.connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as cut:
            self.local.life = None
            raise Cut from cut

    def create(self):
        for name, definition in CHILDREN.items():
            self.call("CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE)
        for situation in self.situations.values():
            self.call(
                "CreateStateMachine",
                name=situation.name,
                definition=json.dumps(situation.definition(self)),
                roleArn=ROLE,
                type="EXPRESS" if situation.express else "STANDARD",
            )
        self.call("CreateActivity", name="work")

    # ---- those who start, answer, work, stop, redrive and follow

    def staff(self):
        for duty, many in (
            (self._start, STARTERS),
            (self._answer_token, ANSWERERS),
            (self._work, WORKERS),
            (self._stop_some, 1),
            (self._redrive_some, 1),
            (self._follow, FOLLOWERS),
        ):
            for number in range(many):
                threading.Thread(target=self._on_duty, args=(duty, random.Random(f"{duty.__name__}{number}")), daemon=True).start()

    def _on_duty(self, duty, chance):
        while not self.over.is_set():
            if not self.alive.wait(0.2):
                continue
            try:
                duty(chance)
            except Cut:
                self.count("requests cut")
                time.sleep(0.005)
            except Refused as refused:
                self.problem("", f"{duty.__name__}: {refused}")
            except Exception as bug:  # of the test itself
                self.problem("", f"{duty.__name__}: {bug!r}")

    def _start(self, chance):
        try:
            execution = self.starts.get(timeout=0.2)
        except queue.Empty:
            return
        try:
            self._start_this(execution)
            if chance.random() < 0.1 and not execution.situation.express:
                self._start_again(execution)
        except Cut:
            # It may have begun or not. Most clients try again, and all whose execution ends only by what somebody does to it who knows
            # of it; an Express start that is repeated is another execution.
            awaited = hasattr(execution.situation, "stop") or hasattr(execution.situation, "redrives")
            if not execution.started and not execution.situation.express and (awaited or chance.random() < 0.7):
                self.starts.put(execution)
            raise
        finally:
            self.starts.task_done()

    def _start_this(self, execution):
        try:
            answer = self.call("StartExecution", stateMachineArn=execution.machine, name=execution.tag, input=execution.input)
        except Refused as refused:
            if refused.name != "ExecutionAlreadyExists" or execution.situation.express:
                raise
            answer = self.call("DescribeExecution", executionArn=execution.arn)
            if ran_all_the_time(answer):
                self.problem(execution.tag, "its repeated start was refused while it ran")
        execution.started = answer["startDate"]

    def _start_again(self, execution):
        machine, redriven = execution.machine, execution.redriven
        try:
            again = self.call("StartExecution", stateMachineArn=machine, name=execution.tag, input=execution.input)
            if again["startDate"] != execution.started or again["executionArn"] != execution.arn:
                self.problem(execution.tag, f"a repeated start told {again}, the first one {execution.started}")
        except Refused as refused:
            view = self.call("DescribeExecution", executionArn=execution.arn)
            if refused.name != "ExecutionAlreadyExists" or ran_all_the_time(view, redriven):
                self.problem(execution.tag, f"a repeated start, while it is {view['status']}: {refused}")
        try:
            self.call("StartExecution", stateMachineArn=machine, name=execution.tag, input='{"tag": "other-1"}')
            self.problem(execution.tag, "its name was taken a second time, for another input")
        except Refused as refused:
            if refused.name != "ExecutionAlreadyExists":
                self.problem(execution.tag, f"its name with another input: {refused}")
        self.count("repeated starts")

    def _answer_task(self, tag, token):
        """True when it was acknowledged; False when the task is over."""
        output = {"tag": tag, "answer": str(uuid.uuid4())}
        self.sent[tag].append(output)
        try:
            self.call("SendTaskSuccess", taskToken=token, output=json.dumps(output))
        except Refused as refused:
            if refused.name != "TaskTimedOut":
                self.problem(tag, f"its token: {refused}")
            return False
        with self.lock:
            self.acknowledged[tag].append(output)
        return True

    def _answer_token(self, chance):
        try:
            tag, token = self.tokens.get(timeout=0.2)
        except queue.Empty:
            return
        try:
            if chance.random() < 0.3:
                try:
                    self.call("SendTaskHeartbeat", taskToken=token)
                except Refused as refused:
                    if refused.name != "TaskTimedOut":
                        raise
            self._answer_task(tag, token)
        except Cut:
            self.tokens.put((tag, token))
            raise

    def _work(self, chance):
        task = self.call("GetActivityTask", activityArn=f"{ARN}:activity:work", workerName="worker")
        if not task.get("taskToken"):
            return
        tag = json.loads(task["input"])["tag"]
        while not self.over.is_set():
            try:
                time.sleep(LONGEST_CALL_S * chance.random())
                return self._answer_task(tag, task["taskToken"])
            except Cut:
                self.count("answers cut")
                self.alive.wait(1)

    def _of(self, attribute):
        return [one for one in list(self.executions.values()) if one.started and getattr(one.situation, attribute, False)]

    def _to_redrive(self):
        return [one for one in self._of("redrives") if not one.redriven]

    def _stop_some(self, chance):
        time.sleep(0.02)
        waiting = [one for one in self._of("stop") if not one.stopped]
        if waiting and (self.starts.empty() or chance.random() < 0.5):
            execution = chance.choice(waiting)
            execution.stopped = self.call("StopExecution", executionArn=execution.arn, error="Enough", cause="a test")["stopDate"]

    def _redrive_some(self, chance):
        time.sleep(0.02)
        for execution in self._to_redrive()[:5]:
            view = self.call("DescribeExecution", executionArn=execution.arn)
            if view.get("redriveCount", 0) > 0:
                execution.redriven = True
            elif view["status"] == "FAILED":
                self.mended.add(execution.tag)
                self.call("RedriveExecution", executionArn=execution.arn)
                execution.redriven = True

    def _follow(self, chance):
        """One execution from its first event to its end, over as many lives as it takes."""
        free = [one for one in list(self.executions.values())[-self.at_work :] if one.started and not one.situation.express]
        if not free:
            return time.sleep(0.1)
        run = chance.choice(free).run_id
        with self.lock:
            if run in self.followed:
                return
            seen = self.followed[run] = {}
        while not self.over.is_set():
            if not self.alive.wait(0.2):
                continue
            try:
                known = self.request("GET", f"/api/runs/{urllib.parse.quote(run, safe='')}")[1]["run"]
                if known["status"] not in ("running", "waiting", "queued") and known["lastSeq"] == len(seen):
                    return
                self._read_events(run, seen)
            except Cut:
                time.sleep(0.02)

    def _read_events(self, run, seen):
        connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=1)
        try:
            path = f"/api/runs/{urllib.parse.quote(run, safe='')}/events?from={len(seen) + 1}"
            connection.request("GET", path, headers={"accept": "text/event-stream"})
            for identifier, _, data in read_sse(connection.getresponse()):
                if int(identifier) != len(seen) + 1:
                    self.problem(run, f"a follower of {len(seen)} events was given {identifier}")
                seen[int(identifier)] = json.loads(data)
        except (OSError, http.client.HTTPException) as cut:
            raise Cut from cut
        finally:
            connection.close()

    # ---- rounds

    def open_runs(self):
        def page(query):
            body = self.request("GET", f"/api/runs?{urllib.parse.urlencode(query)}")[1]
            return body["runs"], body.get("nextToken")

        return open_runs(page, ("execution", "express"))

    def top_up(self):
        own = [run for run in self.open_runs() if run.split("/")[1] in self.situations]
        for _ in range(self.at_work - len(own) - self.starts.qsize()):
            situation = self.situations[self.chance.choice(sorted(self.situations))]
            execution = Execution(situation, len(self.executions))
            self.executions[execution.tag] = execution
            self.starts.put(execution)
        self.counts["most at work"] = max(self.counts["most at work"], len(own))

    def round(self):
        self.alive.set()
        # A quarter of the kills come while the server is still busy with its start.
        longest = self.chance.choice([0.03, LONGEST_ROUND_S, LONGEST_ROUND_S, LONGEST_ROUND_S])
        end = time.monotonic() + longest * self.chance.random()
        if longest == LONGEST_ROUND_S:
            self.top_up()
        time.sleep(max(0, end - time.monotonic()))
        self.alive.clear()
        self.soma.kill()
        self.life += 1
        self.start()

    def settle(self):
        """True when nothing is to be done any more: no start is asked for or on its way, none of those that fail waits for its redrive (it is
        not open meanwhile), and nothing runs."""
        self.alive.set()
        done = wait_until(
            lambda: not self.starts.unfinished_tasks and not self._to_redrive() and not self.open_runs(), timeout=SETTLE_S, interval=0.3
        )
        self.over.set()
        return done

    # ---- at the end

    def check(self):
        self.runs_of_program = read_program_log(self.program_log)
        children = self._children()
        for execution in self.executions.values():
            try:
                for what in self._check_execution(execution, children):
                    self.problem(execution.tag, what)
            except (KeyError, IndexError, TypeError, ValueError) as missing:
                self.problem(execution.tag, f"what is to be compared is not there: {missing!r}")
        for run, seen in self.followed.items():
            self._check_followed(run, seen)
        for calls in self.functions.calls.values():
            for (key, life), times in collections.Counter((call.key, call.life) for call in calls).items():
                if times > 1:
                    self.problem(calls[0].tag, f"{key} was asked for {times} times in life {life}")
        for failure in self.functions.failures:
            self.problem("", f"the stub: {failure}")

    def _children(self):
        """By their parent's ARN and their machine, those that were started by an execution."""
        found = collections.defaultdict(list)
        for machine in CHILDREN:
            token = ""
            while token is not None:
                more = f"&nextToken={urllib.parse.quote(token, safe='')}" if token else ""
                page = self.request("GET", f"/api/workflow/executions?machine={machine}&limit=1000{more}")[1]
                for child in page["executions"]:
                    found[child["parentArn"], machine].append(child)
                token = page.get("nextToken")
        return found

    def _check_execution(self, execution, children):
        situation = execution.situation
        if situation.express:
            self.count(situation.name if execution.started else "not acknowledged")
            return situation.check_effects(self, execution) if execution.started else []
        try:
            view = self.call("DescribeExecution", executionArn=execution.arn)
        except Refused as refused:
            if execution.started:
                return [f"acknowledged and gone: {refused}"]
            self.count("not acknowledged")
            return ["it is not there and had effects"] if self.functions.calls_of(execution.tag) else []
        self.count(situation.name)
        problems = [] if view["startDate"] == (execution.started or view["startDate"]) else ["its start date changed"]
        if view["status"] != situation.ends:
            return problems + [f"it is {view['status']}: {view.get('error')} {view.get('cause')}"]
        if execution.stopped and view["stopDate"] != execution.stopped:
            problems.append(f"it was stopped at {execution.stopped}, and now at {view['stopDate']}")
        events = self.history(execution.arn)
        self.count("events of histories", len(events))
        problems += history_problems(view["status"], events, view.get("redriveCount", 0), situation.tidy)
        for machine in situation.children:
            problems += self._check_children(execution, machine, children[execution.arn, machine])
        return problems + situation.check(self, execution, view, events)

    def _check_children(self, execution, machine, children):
        problems = []
        least = 1 if execution.situation.ends == "SUCCEEDED" and execution.situation.tidy else 0
        if not least <= len(children) <= 1:
            problems.append(f"it has {len(children)} children of {machine}")
        for child in children:
            self.count("children")
            wanted = "ABORTED" if machine == "sleeper" else "SUCCEEDED"
            if child["status"] != wanted:
                problems.append(f"its child {child['arn']} is {child['status']}")
            problems += history_problems(child["status"], self.history(child["arn"]))
        return problems

    def history(self, arn):
        events, token = [], {}
        while True:
            page = self.call("GetExecutionHistory", executionArn=arn, maxResults=1000, **token)
            events += page["events"]
            if "nextToken" not in page:
                return events
            token = {"nextToken": page["nextToken"]}

    def _check_followed(self, run, seen):
        self.count("events seen by followers", len(seen))
        events = {event["seq"]: event for event in self.soma.events(run)}
        for seq, event in seen.items():
            if events.get(seq) != event:
                self.problem(run.rpartition("/")[2], f"event {seq} was seen by a follower and is lost or changed")

    def show(self, tag):
        execution = self.executions.get(tag)
        if execution is None or execution.situation.express:
            return
        print(f"history of {execution.arn}:")
        for event in self.history(execution.arn)[-60:]:
            details = {key: value for key, value in event.items() if key.endswith("Details")}
            print(f"  {event['id']} < {event['previousEventId']} {event['type']} {json.dumps(details)[:240]}")


def ran_all_the_time(view, redriven=False):
    """Whether an execution that runs now did so when it refused its name. One that was redriven had failed before, and may have refused
    it then, unless its redrive was answered (`redriven`) before the name was asked for."""
    return view["status"] == "RUNNING" and (redriven or view.get("redriveCount", 0) == 0)


def show_problems(problems):
    """Of each kind the first few: one cause often has a hundred victims."""
    kinds = collections.defaultdict(list)
    for tag, problem in problems:
        kinds[re.sub(r"[0-9a-f-]*[0-9][0-9a-f-]*", "*", problem)[:60]].append((tag, problem))
    for of_kind in list(kinds.values())[:SHOWN_PROBLEMS]:
        for tag, problem in of_kind[:2]:
            print(f"FAIL {tag} {problem} (one of {len(of_kind)} like it)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no kills after so long, however many there were")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--at-work", type=int, default=200)
    options = parser.parse_args()
    print(f"kill_workflows: seed {options.seed}", flush=True)
    chosen = [situation for situation in SITUATIONS if not options.only or situation.name in options.only]
    world = World(options.seed, chosen, options.at_work)
    world.start()
    world.create()
    world.staff()
    began = time.monotonic()
    while world.life < options.kills and time.monotonic() - began < options.seconds:
        world.round()
    killed = time.monotonic() - began
    if not world.settle():
        world.problem("", f"not over after {SETTLE_S} s: {sorted(world.open_runs())[:20]}")
    world.check()
    show_problems(world.problems)
    for tag in list(dict.fromkeys(tag for tag, _ in world.problems if tag))[:3]:
        world.show(tag)
    world.soma.stop()
    executions = sum(world.counts[name] for name in [*world.situations, "children"])
    print(", ".join(f"{count} {name}" for name, count in sorted(world.counts.items())))
    print(
        f"kill_workflows: {world.life} kills, {executions} executions, {len(world.problems)} problems, seed {options.seed}, "
        f"{killed:.0f} s of kills, {time.monotonic() - began:.0f} s"
    )
    if world.problems:
        print("data:", world.soma.data)
    else:
        shutil.rmtree(world.soma.data)
    return 1 if world.problems or not executions else 0


if __name__ == "__main__":
    sys.exit(main())
