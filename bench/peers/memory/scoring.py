"""What the measures of memories share, of soma and of its peers: how often, how long, how well."""

import json
import pathlib
import sys
import time

DEPTHS = (5, 10)
TOP = 10


def read_plan():
    return json.loads(pathlib.Path(sys.argv[1]).read_text())


def milliseconds(act, arguments):
    """Of each call."""
    times = []
    for argument in arguments:
        begin = time.perf_counter()
        act(argument)
        times.append((time.perf_counter() - begin) * 1000)
    return times


def timed_writes(write, texts):
    begin = time.perf_counter()
    times = milliseconds(write, texts)
    return {"atOnce": 1, "seconds": time.perf_counter() - begin, "ms": times}


def rss_kb():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def recall_of(conversations, make_search):
    """R@k over all questions, in percent; `make_search(turns)` gives a function from a question to the ids of the best turns."""
    sums, count = [0.0] * len(DEPTHS), 0
    for conversation in conversations:
        search = make_search(conversation["turns"])
        for question in conversation["questions"]:
            found, evidence = search(question["text"]), set(question["evidence"])
            count += 1
            for index, depth in enumerate(DEPTHS):
                sums[index] += len(evidence & set(found[:depth])) / len(evidence)
    return {f"r{depth}": 100 * total / count for depth, total in zip(DEPTHS, sums)}


def recall(plan, make_search, every=7):
    """Quality by conversation, and the time of every so manieth question over all turns together."""
    conversations = plan["locomo"]
    if not conversations:
        return None
    numbered = [{**turn, "id": f"{number}/{turn['id']}"} for number, one in enumerate(conversations) for turn in one["turns"]]
    questions = [question["text"] for one in conversations for question in one["questions"]][::every]
    made = recall_of(conversations, make_search)
    search = make_search(numbered)
    search(questions[0])
    return {**made, "turns": len(numbered), "ms": milliseconds(search, questions)}
