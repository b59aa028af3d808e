"""Memory of one long session: the server's size while a session of many turns with large tool results grows."""

import json
import pathlib
import time

from kit import PROMPT, Server

TURNS_A_SAMPLE = 100
SIZES_KIB = (64, 128, 256, 512, 1024)  # of what the tool prints, in turn
IDLE_SECONDS = 1.0
WINDOW = {"strategy": "sliding_window", "config": {"slidingWindow": {"messagesCount": 40}}}
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"


def printing_turn(number):
    """A model turn that has the shell print so much."""
    kib = SIZES_KIB[number % len(SIZES_KIB)]
    command = f"head -c {kib * 1024} /dev/zero | tr '\\0' x | fold -w 100"
    start = {"toolUse": {"toolUseId": f"use-{number}", "name": "shell"}}
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"contentBlockIndex": 0, "start": start}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": json.dumps({"command": command})}}}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "tool_use"}},
    ]


def make_harness(server, turns):
    """With a sliding window when this server knows one: {"path", "truncation"}."""
    # A window hides earlier answers from the script's count: its first turns are then played again and again.
    script = [line for number in range(turns + 1) for line in printing_turn(number)]
    limits = {"maxIterations": TURNS_A_SAMPLE, "timeoutSeconds": 3600}
    try:
        return {"path": server.replay("long", script, **limits, truncation=WINDOW), "truncation": WINDOW["strategy"]}
    except RuntimeError as refused:
        if "truncation" not in str(refused):
            raise
        return {"path": server.replay("long", script, **limits), "truncation": "none"}


def sample(server, turns):
    journal = pathlib.Path(server.data, "journal.db").stat().st_size
    return {"turns": turns, "rssKb": server.rss_kb(), "pssKb": server.pss_kb(), "journalMib": round(journal / 2**20, 1)}


def one_hundred_turns(server, path, session):
    """One invocation, which the limit of iterations ends; its stream is read to the end."""
    status, body = server.request("POST", path, PROMPT, {SESSION_HEADER: session}, timeout=600)
    if status != 200 or b"max_iterations_exceeded" not in body:
        raise RuntimeError(f"the long session's invocation ended otherwise: {status} {body[-300:]}")


def long_session(turns):
    """{"truncation", "samples": [{"turns", "rssKb", "pssKb", "journalMib"}, …], "after"}"""
    with Server("growth") as server:
        made = make_harness(server, turns)
        samples = [sample(server, 0)]
        for done in range(0, turns, TURNS_A_SAMPLE):
            one_hundred_turns(server, made["path"], "long-session-" + "0" * 32)
            samples.append(sample(server, done + TURNS_A_SAMPLE))
        time.sleep(IDLE_SECONDS)
        return {"truncation": made["truncation"], "samples": samples, "after": sample(server, turns)}
