"""The misbehaviours of hostile_provider.py: what the service does, and what must come of it."""

import dataclasses
import json
from typing import Callable

from kit.dialects import CALLED, ENDED, answer, event

ALL = ("chat", "anthropic", "gemini", "responses")
BOTH = ("http", "command")
APPEND = json.dumps({"command": "echo x >> effects"})


@dataclasses.dataclass
class Case:
    name: str
    misbehave: Callable
    error: str = ""  # a pattern; without one the invocation ends with `stop`
    stop: str = "end_turn"
    requests: tuple | None = None
    effects: int = 0
    apis: tuple = ALL
    ways: tuple = BOTH
    config: dict = dataclasses.field(default_factory=dict)
    flood: bool = False  # heavy: few at once
    silence: int = 20  # the model's idleTimeoutSeconds


CASES = []


def case(**expected):
    """Registers a function that misbehaves, under its own name."""

    def register(function):
        CASES.append(Case(function.__name__, function, **expected))
        return function

    return register


def say(reply, *blocks, tokens=(10, 5)):
    reply.head()
    reply.send(answer(reply.dialect, blocks, tokens))


def begin(reply):
    reply.head()
    reply.send(reply.dialect.begin() + reply.dialect.text(0, "Once upon"))


def turns(reply, *script):
    """The n-th request gets the n-th turn, later ones the last."""
    say(reply, *script[min(reply.number, len(script)) - 1])


# ---- silence


@case(error="no byte came", requests=(5,), silence=4)  # in which a busy machine reads the request
def stalls_before_the_headers(reply):
    reply.hold()


@case(error="no byte came", requests=(5,), silence=4)  # in which a busy machine reads the request
def stalls_after_the_headers(reply):
    reply.head()
    reply.hold()


@case(error="cut after it had begun.*no byte came", requests=(1,), silence=8)  # in which a busy machine begins to answer
def stalls_in_mid_answer(reply):
    begin(reply)
    reply.hold()


@case(stop="timeout_exceeded", requests=(1,), config={"timeoutSeconds": 8})  # in which a busy machine comes to the request
def trickles_for_ever(reply):
    begin(reply)
    while not reply.hold(0.2):
        reply.send(b": still here\n\n")


@case(requests=(1,))
def stays_on_the_line_after_the_end(reply):
    reply.head()
    reply.send(answer(reply.dialect, [("text", "Done.")]))
    reply.hold(0.8)  # Gemini's end is that of the connection


# ---- floods


def pour(reply, piece):
    block = piece * max(1, (1 << 20) // len(piece))
    while True:
        reply.send(block)


@case(error="kMaxModelResponseBytes", requests=(1,), ways=("http",), flood=True)
def floods_text(reply):
    begin(reply)
    pour(reply, reply.dialect.text(1, "x" * 60_000))


@case(error="kMaxAnswerBytes|kMaxModelResponseBytes|kMaxContentBlocks|blocks|items", requests=(1,), ways=("http",), flood=True)
def floods_tiny_pieces(reply):
    begin(reply)
    pour(reply, reply.dialect.text(1, "x"))


@case(error="kMaxSseEventBytes", requests=(1,), apis=("chat", "gemini"), ways=("http",), flood=True)
def sends_a_line_without_end(reply):
    begin(reply)
    reply.send(b"data: ")
    pour(reply, b"x" * 100_000)


@case(error="blocks|too many", requests=(1,), ways=("http",), flood=True)
def sends_a_million_calls(reply):
    begin(reply)
    for start in range(0, 1_000_000, 1000):
        reply.send(b"".join(reply.dialect.tool(index, f"c{index}", "shell", "{}") for index in range(start, start + 1000)))


@case(error="kMaxDocumentBytes", requests=(1,), apis=("chat", "anthropic"), ways=("http",), flood=True)
def sends_a_document_without_end(reply):
    reply.head(content_type="application/json")
    reply.send(b'{"choices":[{"message":{"content":"')
    pour(reply, b"x" * 100_000)


@case(error="[Hh]eader", requests=(5,), apis=("chat",))
def sends_headers_without_end(reply):
    reply.send(b"HTTP/1.1 200 x\r\n")
    for number in range(10_000):
        reply.send(f"x-header-{number}: {'v' * 1000}\r\n".encode())
    reply.hold()


@case(error="[Hh]eader|no byte|1[0-9]{2}", requests=(5,), apis=("chat",))
def hints_for_ever(reply):
    pour(reply, b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")


@case(error="answered 400.*nonsense", requests=(1,), apis=("chat", "gemini"), ways=("http",), flood=True)
def sends_an_error_without_end(reply):
    reply.head(400, "text/plain")
    pour(reply, b"nonsense ")


@case(error="kMaxModelResponseBytes", requests=(1,), ways=("http",), flood=True)
def sends_what_grows_in_the_journal(reply):
    begin(reply)
    reply.send(reply.dialect.text(1, "\x01" * 2_500_000))  # six times as much as JSON
    reply.send(reply.dialect.end(ENDED))
    reply.hold()


# ---- broken answers


@case(error="no answer", requests=(1,))
def breaks_json_in_the_middle(reply):
    begin(reply)
    reply.send(b'data: {"type": "content_block_de\n\n')
    reply.hold()


@case(error="no answer", requests=(1,))
def nests_too_deep(reply):
    begin(reply)
    reply.send(b'data: {"a":' + b"[" * 100_000 + b"\n\n")
    reply.hold()


@case(error="no answer", requests=(1,))
def sends_what_is_no_text(reply):
    begin(reply)
    reply.send(b'data: {"type":"\xff\xfe"}\n\n')
    reply.hold()


@case(error="cut", requests=(1,))
def ends_in_mid_stream(reply):
    begin(reply)


@case(error="cut", requests=(1,))
def cuts_a_chunk(reply):
    reply.head(headers=["transfer-encoding: chunked"])
    piece = reply.dialect.begin() + reply.dialect.text(0, "Once upon")
    reply.send(b"%x\r\n" % (len(piece) + 100) + piece)


@case(error="cut", requests=(1,))
def resets_the_connection(reply):
    begin(reply)
    reply.until_read()  # a reset takes along what was not read yet
    reply.reset()


@case(error="cut", requests=(1,))
def promises_more_bytes(reply):
    reply.head(headers=["content-length: 1000000"])
    reply.send(reply.dialect.begin() + reply.dialect.text(0, "Once upon"))


@case(requests=(1,), apis=("anthropic",))
def speaks_out_of_order(reply):
    reply.head()
    delta = {"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": "Once"}}
    reply.send(event({"type": "content_block_stop", "index": 3}) + event(delta) + reply.dialect.begin() + event({"type": "ping"}))
    reply.send(reply.dialect.end(ENDED) + reply.dialect.end(ENDED) + reply.dialect.text(0, "more"))


@case(error="cut", requests=(5,), apis=("chat", "anthropic"))
def says_nothing_at_all(reply):
    reply.head()


@case(error="web page.*apiBase", requests=(1,))
def answers_with_a_page(reply):
    reply.head(content_type="text/html; charset=utf-8")
    reply.send(b"<!doctype html><title>Log in</title>" + b"<p>please</p>" * 1000)


@case(error=r"packed \(gzip\)", requests=(1,))
def sends_a_gzip_bomb(reply):
    reply.head(headers=["content-encoding: gzip"])
    reply.send(b"\x1f\x8b\x08\x00" + b"\x00" * 1_000_000)


@case(stop="end_turn", requests=(1,))
def says_that_it_is_done_without_a_word(reply):
    say(reply)


@case(stop="end_turn", requests=(1,), apis=("anthropic", "gemini"))
def tells_a_result_that_nobody_asked_for(reply):
    reply.head()
    block = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}
    part = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    if reply.dialect.provider == "anthropic":
        reply.send(event({"type": "content_block_start", "index": 0, "content_block": block}))
        reply.send(event({"type": "content_block_stop", "index": 0}))
    else:
        reply.send(event({"candidates": [{"content": {"role": "model", "parts": [part]}}]}))
    reply.send(reply.dialect.text(1, "There.") + reply.dialect.end(ENDED))


# ---- calls


@case(error="two toolUse blocks", requests=(1,), effects=0)
def calls_twice_by_one_id(reply):
    say(reply, ("tool", "same", "shell", APPEND), ("tool", "same", "shell", APPEND))


@case(requests=(2,), effects=2)
def calls_without_ids(reply):
    turns(reply, [("tool", "", "shell", APPEND), ("tool", "", "shell", APPEND)], [("text", "Done.")])


@case(requests=(4,), effects=3)
def calls_by_the_same_id_in_each_turn(reply):
    turns(reply, *[[("tool", "call_0", "shell", APPEND)]] * 3, [("text", "Done.")])


@case(requests=(2,), effects=1)
def calls_by_an_endless_id(reply):
    turns(reply, [("tool", "i" * 10_000, "shell", APPEND)], [("text", "Done.")])


@case(requests=(2,), effects=0)
def calls_what_there_is_not(reply):
    turns(reply, [("tool", "c1", "functions.shell<|x|>", APPEND), ("tool", "c2", "n" * 5000, "{}")], [("text", "Done.")])


@case(error="named none|without id or name", requests=(1,))
def calls_nothing_by_name(reply):
    say(reply, ("tool", "c1", "", APPEND))


@case(requests=(2,), effects=0)
def calls_with_broken_arguments(reply):
    turns(reply, [("tool", "c1", "shell", '{"command": "echo x >> effects')], [("text", "Done.")])


@case(requests=(2,), effects=0)
def calls_with_other_arguments(reply):
    turns(reply, [("tool", "c1", "shell", '{"cmd": ["echo x >> effects"]}'), ("tool", "c2", "shell", "[1]")], [("text", "Done.")])


@case(requests=(2,), effects=0, ways=("http",), flood=True)
def calls_with_ten_megabytes(reply):
    turns(reply, [("tool", "c1", "shell", json.dumps({"command": "true " + "x" * 10_000_000}))], [("text", "Done.")])


@case(stop="max_iterations_exceeded", requests=(3,), effects=3, config={"maxIterations": 3})
def calls_for_ever(reply):
    say(reply, ("tool", f"c{reply.number}", "shell", APPEND))


@case(stop="max_output_tokens_exceeded", requests=(4,), effects=4, config={"maxTokens": 20})
def calls_until_the_tokens_are_used(reply):
    say(reply, ("tool", f"c{reply.number}", "shell", APPEND))


@case(stop="max_tool_calls_exceeded", requests=(2,), effects=3, config={"maxToolCalls": 3})
def calls_more_than_it_may(reply):
    say(reply, *[("tool", f"c{reply.number}{place}", "shell", APPEND) for place in "ab"])


@case(error="named none", stop="malformed_model_output", requests=(1,), apis=("anthropic",))
def stops_for_a_call_that_it_does_not_make(reply):
    reply.head()
    reply.send(reply.dialect.begin() + reply.dialect.text(0, "I call") + reply.dialect.end(CALLED))


# ---- refusals, retries, redirects


def refuse_once(reply, retry_after):
    if reply.number > 1:
        return say(reply, ("text", "Now."))
    reply.head(429, "application/json", [f"retry-after: {retry_after}"])
    reply.send(b'{"error":{"message":"slow down"}}')
    return None


@case(error="asks to wait 3600 s", requests=(1,))
def asks_to_wait_an_hour(reply):
    refuse_once(reply, 3600)


@case(requests=(2,))
def asks_to_wait_a_negative_time(reply):
    refuse_once(reply, -5)


@case(requests=(2,))
def asks_to_wait_until_a_date(reply):
    refuse_once(reply, "Fri, 31 Dec 2049 23:59:59 GMT")


@case(requests=(2,))
def asks_to_wait_nonsense(reply):
    refuse_once(reply, "until the cows come home")


@case(requests=(6,), effects=1)
def fails_four_times_then_calls(reply):
    if reply.number <= 4:
        reply.head(500, "application/json")
        reply.send(b'{"error":{"message":"oops"}}')
    elif reply.number == 5:
        say(reply, ("tool", "c1", "shell", APPEND))
    else:
        say(reply, ("text", "Done."))


@case(error=r"500.*after 5 attempts", requests=(5,))
def fails_five_times(reply):
    reply.head(500, "text/html")
    reply.send(b"<html>" + b"oops " * 100_000)


@case(error="cut after it had begun", requests=(2,), effects=1)
def is_cut_inside_the_second_call(reply):
    if reply.number == 1:
        return say(reply, ("tool", "c1", "shell", APPEND))
    reply.head()
    whole = answer(reply.dialect, [("text", "Again."), ("tool", "c2", "shell", APPEND)])
    reply.send(whole[: whole.index(b"effects") + 4])
    return None


@case(error="trap.*does not go.*apiBase", requests=(1,))
def sends_elsewhere(reply):
    reply.head(307, "text/plain", [f"location: {reply.trap}?of=interest"])


# ---- figures


@case(requests=(4,), effects=3)
def tells_enormous_figures(reply):
    reply.head()
    blocks = [("tool", f"c{reply.number}", "shell", APPEND)] if reply.number <= 3 else [("text", "Done.")]
    reply.send(answer(reply.dialect, blocks, (10**18, 10**18)))


@case(stop="max_output_tokens_exceeded", requests=(1,), effects=1, config={"maxTokens": 1000})
def tells_enormous_figures_under_a_limit(reply):
    say(reply, ("tool", f"c{reply.number}", "shell", APPEND), tokens=(5, 9 * 10**18))


@case(stop="max_cost_exceeded", requests=(1,), effects=1, config={"maxCostUsd": 1})
def tells_enormous_figures_under_a_limit_of_money(reply):
    say(reply, ("tool", f"c{reply.number}", "shell", APPEND), tokens=(10**18, 9 * 10**18))


@case(requests=(1,))
def tells_negative_figures(reply):
    say(reply, ("text", "Done."), tokens=(-(10**18), -5))


@case(requests=(1,))
def tells_figures_that_are_none(reply):
    say(reply, ("text", "Done."), tokens=("many", {"a": 1}))
