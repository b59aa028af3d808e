"""What every history of an execution must be, whatever happened to the server meanwhile."""

import collections

TERMINAL = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")
# They come from outside and follow no event.
FROM_OUTSIDE = ("ExecutionAborted", "ExecutionTimedOut")
# How a task that was scheduled may end.
TASK_ENDS = {
    "TaskScheduled": ("TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"),
    "LambdaFunctionScheduled": ("LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut", "LambdaFunctionStartFailed"),
    "ActivityScheduled": ("ActivitySucceeded", "ActivityFailed", "ActivityTimedOut", "ActivityScheduleFailed"),
}


def history_problems(status, events, redrives=0, tidy=True):
    """`events` oldest first, of an execution that has ended. `tidy`: all that begins in it ends, when it succeeds."""
    problems = order_problems(events)
    types = collections.Counter(event["type"] for event in events)
    if not events or events[0]["type"] != "ExecutionStarted" or types["ExecutionStarted"] != 1:
        problems.append("it does not begin with the one ExecutionStarted")
    ends = [event["type"] for event in events if event["type"] in TERMINAL]
    if len(ends) != 1 + redrives or types["ExecutionRedriven"] != redrives:
        problems.append(f"{len(ends)} ends and {types['ExecutionRedriven']} redrives in the history, {redrives} redrives told")
    if ends and (events[-1]["type"] != ends[-1] or ends[-1].upper() != "EXECUTION" + status.replace("_", "")):
        problems.append(f"it is {status}, and its history ends with {events[-1]['type']}")
    problems += pair_problems(events, types, strict=tidy and status == "SUCCEEDED" and not redrives)
    return problems


def order_problems(events):
    problems = []
    for place, event in enumerate(events, 1):
        previous = event["previousEventId"]
        if event["id"] != place:
            problems.append(f"event {place} has the id {event['id']}")
        if not 0 <= previous < event["id"] or (previous == 0 and place > 2 and event["type"] not in FROM_OUTSIDE):
            problems.append(f"event {event['id']} ({event['type']}) follows {previous}")
        if place > 1 and event["timestamp"] < events[place - 2]["timestamp"]:
            problems.append(f"event {event['id']} is older than the one before it")
    return problems


def names(events, suffix):
    key = "stateEnteredEventDetails" if suffix == "StateEntered" else "stateExitedEventDetails"
    return collections.Counter(event[key]["name"] for event in events if event["type"].endswith(suffix))


def pair_problems(events, types, strict):
    """Each state entered is exited, each task scheduled has one end; where an execution failed or was aborted, never more than that."""
    problems = []
    entered, exited = names(events, "StateEntered"), names(events, "StateExited")
    for name in entered | exited:
        if exited[name] > entered[name] or (strict and exited[name] != entered[name]):
            problems.append(f"the state {name} was entered {entered[name]} times and exited {exited[name]} times")
    for scheduled, ends in TASK_ENDS.items():
        ended = sum(types[end] for end in ends)
        if ended > types[scheduled] or (strict and ended != types[scheduled]):
            problems.append(f"{types[scheduled]} {scheduled}, {ended} ends of them")
    return problems
