"""The situations of kill_workflows.py: a machine each, what its functions answer, and what must be true of an execution afterwards.

An execution's input is {"tag": TAG}; functions know by it whose call it is. A situation's `check(world, execution, view, events)` returns
problems in words; what holds of every history is in workflow_history.py.
"""

import json
import pathlib

ARN = "arn:aws:states:us-east-1:000000000000"
LOOPS = 60
ITEMS = 5
NEVER_S = 36_000
TAG = "{% $tag %}"
KNOWN = ["once", "careful", "flaky", "broken", "ask"]


def function(name, step, **more):
    """A Task state in JSONata."""
    resource = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return {"Type": "Task", "Resource": resource, "Arguments": {"tag": TAG, "step": step}, **more}


def retry(*errors, interval=1, rate=1.0, attempts=99):
    return [{"ErrorEquals": list(errors), "IntervalSeconds": interval, "BackoffRate": rate, "MaxAttempts": attempts}]


def unknown(then):
    """A catch for a task of which nobody knows whether it ran."""
    return [{"ErrorEquals": ["States.TaskFailed"], "Output": "unknown", "Next": then}]


def jsonata(start, states, **more):
    """Its first state keeps the tag."""
    begin = {"Type": "Pass", "Assign": {"tag": "{% $states.input.tag %}"}, "Next": start}
    return {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": {"Begin": begin, **states}, **more}


def nested(machine, **more):
    arguments = {"StateMachineArn": f"{ARN}:stateMachine:{machine}", "Input": {"tag": TAG}}
    return {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Arguments": arguments, **more}


def receipt(call):
    """What an effect leaves, for whoever compares."""
    return {"step": call.step, "receipt": call.key.rpartition("#")[2]}


def failure(error):
    return {"errorType": error, "errorMessage": "as the test wants it"}


class Situation:
    express = False
    ends = "SUCCEEDED"
    tidy = True  # whether all that begins in it ends, when it succeeds
    children = ()  # of which machines it starts one execution each

    def answer(self, world, call, nth):
        return receipt(call)

    def once(self, world, execution, *steps):
        """Each step's effect took place under one key: what the answer to it was, by step; and the problems."""
        problems, answers = [], {}
        for step in steps:
            keys = world.functions.keys(execution.tag, step)
            if len(keys) != 1:
                problems.append(f"{step} was asked for under {len(keys)} keys: {keys}")
            answers[step] = world.functions.effects[keys[-1]] if keys else None
        return answers, problems

    def careful(self, world, execution, step, told):
        """A step that may not be repeated: no key comes twice, and the execution knows of it or knows that it does not."""
        problems = []
        calls = [call for call in world.functions.calls_of(execution.tag) if call.step == step]
        keys = [call.key for call in calls]
        if len(keys) != len(set(keys)):
            problems.append(f"{step}, which may not be repeated, was: {keys}")
        if told == "unknown":
            world.count("unknown outcomes")
        elif told not in [world.functions.effects[key] for key in keys]:  # they need not have come in the order in which they were sent
            problems.append(f"{step}: the execution has {told}, which nobody answered")
        return problems

    def expect(self, view, output):
        told = json.loads(view.get("output", "null"))
        return [] if told == output else [f"its output is {json.dumps(told)[:400]} instead of {json.dumps(output)[:400]}"]


class Order(Situation):
    """A loop of many steps, a Parallel with a wait, a call that may not be repeated, a program, and a Map."""

    name = "order"
    tasks = {"Type": "Map", "Items": f"{{% [1..{ITEMS}] %}}", "MaxConcurrency": 2}

    def definition(self, world):
        branches = [
            {"StartAt": "Charge", "States": {"Charge": function("once", "charge", End=True)}},
            {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 1, "Output": "paused", "End": True}}},
            {
                "StartAt": "Ship",
                "States": {
                    "Ship": function("careful", "ship", End=True, Catch=unknown("Unknown")),
                    "Unknown": {"Type": "Pass", "Output": "unknown", "End": True},
                },
            },
            {
                "StartAt": "Run",
                "States": {
                    "Run": function("program", "run", End=True, Catch=unknown("NotKnown")),
                    "NotKnown": {"Type": "Pass", "Output": "unknown", "End": True},
                },
            },
        ]
        pick = function("once", "{% 'pick-' & $string($item) %}", End=True)
        item = {"Type": "Pass", "Assign": {"item": "{% $states.input %}"}, "Next": "Pick"}
        collect = {**self.tasks, "ItemProcessor": {"StartAt": "Item", "States": {"Item": item, "Pick": pick}}}
        collect |= {"Output": {"count": "{% $rounds %}", "both": "{% $both %}", "picked": "{% $states.result %}"}, "End": True}
        return jsonata(
            "Zero",
            {
                "Zero": {"Type": "Pass", "Assign": {"rounds": 0}, "Next": "Count"},
                "Count": {"Type": "Pass", "Assign": {"rounds": "{% $rounds + 1 %}"}, "Next": "Enough"},
                "Enough": {
                    "Type": "Choice",
                    "Choices": [{"Condition": f"{{% $rounds < {LOOPS} %}}", "Next": "Count"}],
                    "Default": "Both",
                },
                "Both": {"Type": "Parallel", "Branches": branches, "Assign": {"both": "{% $states.result %}"}, "Next": "Collect"},
                "Collect": collect,
            },
        )

    def check(self, world, execution, view, events):
        picks = [f"pick-{number}" for number in range(1, ITEMS + 1)]
        answers, problems = self.once(world, execution, "charge", *picks)
        told = json.loads(view["output"])["both"]
        problems += self.careful(world, execution, "ship", told[2])
        problems += self.program(world, execution, told[3])
        both = [answers["charge"], "paused", told[2], told[3]]
        return problems + self.expect(view, {"count": LOOPS, "both": both, "picked": [answers[pick] for pick in picks]})

    @staticmethod
    def program(world, execution, told):
        runs = world.program_runs().get(execution.arn, [])
        if len(runs) != len(set(runs)):
            return [f"the program may not be repeated and was: {runs}"]
        if told not in ("done", "unknown") or (told == "done" and not runs):
            return [f"the program ran {len(runs)} times and the execution has {told}"]
        return []


class Retried(Situation):
    """A function that fails twice and is asked again with growing waits; then one of unknown outcome that is asked until it answers."""

    name = "retried"

    def definition(self, world):
        return jsonata(
            "Flaky",
            {
                "Flaky": function("flaky", "flaky", Assign={"flaky": "{% $states.result %}"}, Next="Careful", Retry=retry("Busy", rate=1.5)),
                "Careful": function(
                    "careful",
                    "careful",
                    Output={"flaky": "{% $flaky %}", "careful": "{% $states.result %}"},
                    Retry=retry("States.TaskFailed"),
                    End=True,
                ),
            },
        )

    def answer(self, world, call, nth):
        return failure("Busy") if call.step == "flaky" and nth < 2 else receipt(call)

    def check(self, world, execution, view, events):
        keys = world.functions.keys(execution.tag, "flaky")
        problems = [] if len(keys) == 3 else [f"flaky was tried under {len(keys)} keys, 3 were right"]
        told = json.loads(view["output"])
        problems += self.careful(world, execution, "careful", told["careful"])
        return problems + self.expect(view, {"flaky": world.functions.effects[keys[-1]], "careful": told["careful"]})


class Nested(Situation):
    """Waits for an execution of another machine, in JSONPath; the child has an effect and a wait."""

    name = "nested"
    children = ("child",)

    def definition(self, world):
        call = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": f"{ARN}:stateMachine:child", "Input": {"tag.$": "$.tag"}},
            "ResultSelector": {"child.$": "$.Output", "status.$": "$.Status"},
            "End": True,
        }
        return {"StartAt": "Call", "States": {"Call": call}}

    def check(self, world, execution, view, events):
        answers, problems = self.once(world, execution, "child")
        return problems + self.expect(view, {"child": answers["child"], "status": "SUCCEEDED"})


class Token(Situation):
    """Gives a token away and waits until somebody answers with it."""

    name = "token"

    def definition(self, world):
        payload = {"tag.$": "$.tag", "step": "ask", "token.$": "$$.Task.Token"}
        ask = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "ask", "Payload": payload},
            "HeartbeatSeconds": 600,
            "End": True,
        }
        return {"StartAt": "Ask", "States": {"Ask": ask}}

    def answer(self, world, call, nth):
        world.tokens.put((call.tag, call.payload["token"]))
        return receipt(call)

    def check(self, world, execution, view, events):
        _, problems = self.once(world, execution, "ask")
        return problems + answered(self, world, execution, view)


class Activity(Situation):
    """A worker polls for it. One that a kill cut off from its task never answers: the task times out and is given to another."""

    name = "activity"

    def definition(self, world):
        work = {"Type": "Task", "Resource": f"{ARN}:activity:work", "TimeoutSeconds": 8, "End": True}
        return {"StartAt": "Work", "States": {"Work": {**work, "Retry": retry("States.Timeout")}}}

    def check(self, world, execution, view, events):
        return answered(self, world, execution, view)


def answered(situation, world, execution, view):
    """The answer that was acknowledged is the output."""
    acknowledged = world.acknowledged_answers(execution.tag)
    problems = [f"{len(acknowledged)} answers were acknowledged"] if len(acknowledged) > 1 else []
    sent = world.sent_answers(execution.tag)
    if json.loads(view["output"]) not in sent:
        problems.append(f"its output {view['output']} was never sent")
    return problems + (situation.expect(view, acknowledged[0]) if acknowledged else [])


class Stopped(Situation):
    """Would wait for ever, with a child that would too; somebody stops it, and the child with it."""

    name = "stopped"
    ends = "ABORTED"
    children = ("sleeper",)
    stop = True

    def definition(self, world):
        sleep = {"Type": "Wait", "Seconds": NEVER_S, "End": True}
        branches = [
            {"StartAt": "Sleep", "States": {"Sleep": sleep}},
            {"StartAt": "Sleeper", "States": {"Sleeper": nested("sleeper", End=True)}},
            {"StartAt": "Charge", "States": {"Charge": function("once", "charge", End=True)}},
        ]
        return jsonata("All", {"All": {"Type": "Parallel", "Branches": branches, "End": True}})

    def check(self, world, execution, view, events):
        keys = world.functions.keys(execution.tag, "charge")
        return [f"charge was asked for under {len(keys)} keys"] if len(keys) > 1 else []


class Race(Situation):
    """One branch fails, in the end or because a call of it has an unknown outcome; that ends the other one's task and the child that it
    waits for."""

    name = "race"
    tidy = False
    children = ("sleeper",)

    def definition(self, world):
        fail = {"Pause": {"Type": "Wait", "Seconds": 1, "Next": "Fail"}, "Fail": {"Type": "Fail", "Error": "Lost"}}
        branches = [
            {"StartAt": "Careful", "States": {"Careful": function("careful", "careful", Next="Pause"), **fail}},
            {"StartAt": "Sleeper", "States": {"Sleeper": nested("sleeper", End=True)}},
        ]
        catch = [{"ErrorEquals": ["States.ALL"], "Next": "Rest"}]
        return jsonata(
            "Both",
            {
                "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
                "Rest": {"Type": "Wait", "Seconds": 1, "Output": "lost", "End": True},
            },
        )

    def check(self, world, execution, view, events):
        return self.careful(world, execution, "careful", "unknown") + self.expect(view, "lost")


class Redriven(Situation):
    """Fails until what is broken was mended, then somebody redrives it; the step before is not done again."""

    name = "redriven"
    redrives = 1

    def definition(self, world):
        return jsonata(
            "First",
            {
                "First": function("once", "first", Assign={"first": "{% $states.result %}"}, Next="Broken"),
                "Broken": function("broken", "second", Output=["{% $first %}", "{% $states.result %}"], End=True),
            },
        )

    def answer(self, world, call, nth):
        return failure("Broken") if call.step == "second" and call.tag not in world.mended else receipt(call)

    def check(self, world, execution, view, events):
        answers, problems = self.once(world, execution, "first")
        keys = world.functions.keys(execution.tag, "second")
        if len(keys) != 2:
            problems.append(f"the broken step was asked for under {len(keys)} keys, 2 were right")
        return problems + self.expect(view, [answers["first"], world.functions.effects[keys[-1]]])


class Express(Situation):
    """Begins again from its input after a kill, with the same keys."""

    name = "express"
    express = True

    def definition(self, world):
        both = {"First": function("once", "first", Next="Second"), "Second": function("once", "second", End=True)}
        return jsonata("First", both)

    def check_effects(self, world, execution):
        return self.once(world, execution, "first", "second")[1]


SITUATIONS = [Order(), Retried(), Nested(), Token(), Activity(), Stopped(), Race(), Redriven(), Express()]

CHILDREN = {
    "child": jsonata(
        "Effect",
        {
            "Effect": function("once", "child", Assign={"done": "{% $states.result %}"}, Next="Pause"),
            "Pause": {"Type": "Wait", "Seconds": 1, "Output": "{% $done %}", "End": True},
        },
    ),
    "sleeper": {"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": NEVER_S, "End": True}}},
}


def settings(functions, life, program_log):
    """workflow.json of one life: functions of the stub, the one that may not be repeated, and a program that writes a line for each run."""
    entries = {name: {"url": functions.url(name, life), "repeatable": name != "careful"} for name in KNOWN}
    script = f"cat >/dev/null; echo \"$SOMA_EXECUTION_ARN $SOMA_IDEMPOTENCY_KEY\" >> {program_log}; echo '\"done\"'"
    entries["program"] = {"command": ["sh", "-c", script]}
    return {"functions": entries}


def read_program_log(path):
    """Keys of the program's runs, by execution."""
    runs = {}
    text = pathlib.Path(path).read_text() if pathlib.Path(path).exists() else ""
    for line in text.splitlines():
        execution, key = line.split(" ")
        runs.setdefault(execution, []).append(key)
    return runs
