"""The four APIs that language models are asked through, as far as a stub must speak them: answers as server-sent events, and requests read back.

`DIALECTS[name]` writes an answer piece by piece (`begin`, `text`, `tool`, `end`) and reads a request (`conversation`); `pairing_problems`
says what a service would refuse in it.
"""

import json
import re

ENDED, CALLED = "ended", "called"


def event(value):
    return b"data: " + (value if isinstance(value, str) else json.dumps(value)).encode() + b"\n\n"


class Chat:
    """OpenAI Chat Completions."""

    provider, path, options = "openai", "/chat/completions", {"apiFormat": "chat_completions"}

    @staticmethod
    def _delta(delta, finish=None):
        return event({"id": "chat-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def begin(self):
        return self._delta({"role": "assistant", "content": ""})

    def text(self, index, text):
        return self._delta({"content": text})

    def tool(self, index, identifier, name, arguments):
        function = {"name": name, "arguments": arguments}
        return self._delta({"tool_calls": [{"index": index, "id": identifier, "type": "function", "function": function}]})

    def end(self, reason, tokens=(10, 5)):
        usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
        finish = self._delta({}, "tool_calls" if reason == CALLED else "stop")
        return finish + event({"id": "chat-1", "choices": [], "usage": usage}) + event("[DONE]")

    @staticmethod
    def conversation(body):
        for message in body["messages"]:
            if message["role"] == "assistant":
                calls = [(call["id"], call["function"]["name"]) for call in message.get("tool_calls", [])]
                yield "assistant", message.get("content") or "", calls, []
            elif message["role"] == "tool":
                yield "user", message["content"], [], [message["tool_call_id"]]
            else:
                yield message["role"], json.dumps(message["content"]), [], []


class Anthropic:
    """Anthropic's Messages."""

    provider, path, options = "anthropic", "/v1/messages", {}

    def begin(self):
        return event({"type": "message_start", "message": {"role": "assistant", "usage": {"input_tokens": 10}}})

    def _block(self, index, block, delta):
        start = event({"type": "content_block_start", "index": index, "content_block": block})
        piece = event({"type": "content_block_delta", "index": index, "delta": delta})
        return start + piece + event({"type": "content_block_stop", "index": index})

    def text(self, index, text):
        return self._block(index, {"type": "text", "text": ""}, {"type": "text_delta", "text": text})

    def tool(self, index, identifier, name, arguments):
        block = {"type": "tool_use", "id": identifier, "name": name, "input": {}}
        return self._block(index, block, {"type": "input_json_delta", "partial_json": arguments})

    def end(self, reason, tokens=(10, 5)):
        usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
        delta = {"stop_reason": "tool_use" if reason == CALLED else "end_turn"}
        return event({"type": "message_delta", "delta": delta, "usage": usage}) + event({"type": "message_stop"})

    @staticmethod
    def conversation(body):
        for message in body["messages"]:
            blocks = message["content"] if isinstance(message["content"], list) else [{"type": "text", "text": message["content"]}]
            text = " ".join(json.dumps(block) for block in blocks if block["type"] in ("text", "tool_result"))
            calls = [(block["id"], block["name"]) for block in blocks if block["type"] == "tool_use"]
            results = [block["tool_use_id"] for block in blocks if block["type"].endswith("tool_result")]
            yield message["role"], text, calls, results


class Gemini:
    """Google's generateContent. Calls and results are tied by id, which soma always sends."""

    provider, path, options = "gemini", ":streamGenerateContent", {}

    @staticmethod
    def _parts(parts, **more):
        return event({"responseId": "r", "candidates": [{"content": {"role": "model", "parts": parts}, **more}]})

    def begin(self):
        return b""

    def text(self, index, text):
        return self._parts([{"text": text}])

    def tool(self, index, identifier, name, arguments):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            pass  # goes as a string, which is as wrong here as broken JSON is elsewhere
        return self._parts([{"functionCall": {"id": identifier, "name": name, "args": arguments}}])

    def end(self, reason, tokens=(10, 5)):
        usage = {"promptTokenCount": tokens[0], "candidatesTokenCount": tokens[1]}
        return event({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}], "usageMetadata": usage})

    @staticmethod
    def conversation(body):
        for message in body["contents"]:
            parts = message["parts"]
            calls = [(part["functionCall"]["id"], part["functionCall"]["name"]) for part in parts if "functionCall" in part]
            results = [part["functionResponse"]["id"] for part in parts if "functionResponse" in part]
            text = " ".join(json.dumps(part) for part in parts if "text" in part or "functionResponse" in part)
            yield "assistant" if message["role"] == "model" else "user", text, calls, results


class Responses:
    """OpenAI Responses."""

    provider, path, options = "openai", "/responses", {"apiFormat": "responses"}

    def begin(self):
        return event({"type": "response.created", "response": {"status": "in_progress"}})

    @staticmethod
    def _item(index, item, delta, done):
        added = event({"type": "response.output_item.added", "output_index": index, "item": item})
        piece = event({**delta, "output_index": index})
        return added + piece + event({"type": "response.output_item.done", "output_index": index, "item": {**item, **done}})

    def text(self, index, text):
        item = {"type": "message", "id": f"msg_{index}", "role": "assistant", "content": []}
        done = {"content": [{"type": "output_text", "text": text}]}
        return self._item(index, item, {"type": "response.output_text.delta", "delta": text}, done)

    def tool(self, index, identifier, name, arguments):
        item = {"type": "function_call", "id": f"fc_{index}", "call_id": identifier, "name": name, "arguments": ""}
        delta = {"type": "response.function_call_arguments.delta", "delta": arguments}
        return self._item(index, item, delta, {"arguments": arguments})

    def end(self, reason, tokens=(10, 5)):
        usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
        return event({"type": "response.completed", "response": {"status": "completed", "usage": usage}})

    @staticmethod
    def conversation(body):
        for item in body["input"]:
            kind = item.get("type", "message")
            if kind == "function_call":
                yield "assistant", "", [(item["call_id"], item["name"])], []
            elif kind == "function_call_output":
                yield "user", json.dumps(item["output"]), [], [item["call_id"]]
            elif kind == "message":
                yield item["role"], json.dumps(item["content"]), [], []


DIALECTS = {"chat": Chat(), "anthropic": Anthropic(), "gemini": Gemini(), "responses": Responses()}


def dialect_of(path):
    path = path.partition("?")[0]
    return next((dialect for dialect in DIALECTS.values() if path.endswith(dialect.path)), None)


def answer(dialect, blocks, tokens=(10, 5)):
    """A whole answer: blocks are ("text", "…") or ("tool", id, name, arguments as JSON text)."""
    out = dialect.begin()
    for index, block in enumerate(blocks):
        out += dialect.text(index, block[1]) if block[0] == "text" else dialect.tool(index, *block[1:])
    return out + dialect.end(CALLED if any(block[0] == "tool" for block in blocks) else ENDED, tokens)


def pairing_problems(dialect, body):
    """What a service refuses in a conversation: a call without its result right after it, a result without its call, an id used twice, a
    name that no tool can have, a blank message."""
    problems, open_calls, seen = [], [], set()
    for role, text, calls, results in dialect.conversation(body):
        for identifier in results:
            if identifier in open_calls:
                open_calls.remove(identifier)
            else:
                problems.append(f"a result of {identifier[:40]!r}, which was not called")
        if not results and not calls:
            if open_calls:
                problems.append(f"no result of {[call[:40] for call in open_calls]} before the next {role} message")
            open_calls = []
        if role == "assistant" and not text.strip() and not calls:
            problems.append("an assistant's message without content")
        for identifier, name in calls:
            if not identifier or identifier in seen:
                problems.append(f"the id {identifier[:40]!r} of a call is empty or used twice")
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
                problems.append(f"the name {name[:80]!r} of a call")
            seen.add(identifier)
            open_calls.append(identifier)
    if open_calls:
        problems.append(f"no result of {[call[:40] for call in open_calls]}")
    return problems
