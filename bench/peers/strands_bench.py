"""Strands Agents on the scripted model: `python strands_bench.py PLAN`, one JSON line on stdout.

PLAN: {"workspace", "loops", "turns", "sessions", "requests", "held"}; the same counts as soma gets.
"""

import gc
import json
import os
import pathlib
import sys
import time

from strands import Agent, tool
from strands.models.model import Model

PLAN = json.loads(sys.argv[1])
WARM_SESSIONS = 50  # what they fill once is not a session's
USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}


@tool
def list_files(path: str) -> str:
    """List a directory of the workspace.

    Args:
        path: The directory.
    """
    return "\n".join(os.listdir(os.path.join(PLAN["workspace"], path)))


def text_turn():
    yield {"contentBlockStart": {"start": {}}}
    yield {"contentBlockDelta": {"delta": {"text": "Hello."}}}
    yield {"contentBlockStop": {}}
    yield {"messageStop": {"stopReason": "end_turn"}}


def tool_turn(number):
    yield {"contentBlockStart": {"start": {"toolUse": {"toolUseId": f"use-{number}", "name": "list_files"}}}}
    yield {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"path": "."}'}}}}
    yield {"contentBlockStop": {}}
    yield {"messageStop": {"stopReason": "tool_use"}}


class Scripted(Model):
    """Answers at once: `tools` turns that list the workspace, then a text. Notes when it was asked."""

    def __init__(self, tools):
        self.tools = tools
        self.asked = []

    def update_config(self, **model_config):
        pass

    def get_config(self):
        return {"context_window_limit": 200_000}

    def structured_output(self, output_model, prompt, system_prompt=None, **kwargs):
        raise NotImplementedError

    async def stream(self, messages, tool_specs=None, system_prompt=None, **kwargs):
        turn = len(self.asked)
        self.asked.append(time.perf_counter())
        yield {"messageStart": {"role": "assistant"}}
        for event in tool_turn(turn) if turn < self.tools else text_turn():
            yield event
        yield {"metadata": {"usage": USAGE, "metrics": {"latencyMs": 0}}}


def make_agent(tools=0):
    return Agent(model=Scripted(tools), tools=[list_files], callback_handler=None)


def rss_kb():
    gc.collect()
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def loops():
    turns = []
    for _ in range(PLAN["loops"]):
        agent = make_agent(PLAN["turns"])
        agent("hi")
        asked = agent.model.asked
        if len(asked) != PLAN["turns"] + 1:
            raise RuntimeError(f"{len(asked)} turns")
        turns += [(after - before) * 1e6 for before, after in zip(asked, asked[1:])]
    return turns


def invocations():
    times = []
    for _ in range(PLAN["sessions"]):
        agent = make_agent()
        for request in range(PLAN["requests"]):
            begin = time.perf_counter()
            agent("hi")
            if request > 0:
                times.append((time.perf_counter() - begin) * 1e6)
    return times


def main():
    make_agent(1)("hi")
    idle_kb = rss_kb()
    for _ in range(WARM_SESSIONS):
        make_agent()("hi")
    warm_kb = rss_kb()
    held = []
    for _ in range(PLAN["held"]):
        held.append(make_agent())
        held[-1]("hi")
    per_session_kb = (rss_kb() - warm_kb) / len(held) if held else 0
    times = {"turnUs": loops(), "invocationUs": invocations()}
    print(json.dumps({**times, "idleKb": idle_kb, "perSessionKb": per_session_kb}))


main()
