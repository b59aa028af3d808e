#!/usr/bin/env python3
"""Sends a real server everything that it must refuse, and looks whether it stays well.

Each case gives a clear error of the one error shape (or a closed connection where there is no request to answer); afterwards an ordinary
invocation still works and the server's memory has not grown past BOUND_MB.
"""

import json
import pathlib
import random
import shutil
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from kit.soma_process import Soma, read_sse, replay_file, session_id, wait_until

BOUND_MB = 200
problems = []
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        problems.append(what)


def rss_mb(soma):
    for line in pathlib.Path(f"/proc/{soma.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def refused(soma, name, status, method, path, body=None, headers=None, part=""):
    got, answer = soma.request(method, path, body, headers)
    check(got == status, f"{name}: expected {status}, got {got} {answer}")
    shaped = isinstance(answer, dict) and answer.get("code") and answer.get("message") and answer.get("requestId")
    check(shaped, f"{name}: not the error shape: {answer}")
    check(part in json.dumps(answer, ensure_ascii=False), f"{name}: does not say '{part}': {answer}")


def bad_requests(soma, harness):
    invoke = f"/harnesses/invoke?harnessArn={harness}"
    model = {"provider": "reflex"}
    good = {"role": "user", "content": [{"text": "hi"}]}
    refused(soma, "malformed JSON", 400, "POST", "/harnesses", b'{"harnessName": "a",\n oops}', part=":2:2")
    refused(soma, "duplicate key", 400, "POST", "/harnesses", b'{"harnessName": "a", "harnessName": "b"}', part="harnessName")
    refused(soma, "deep nesting", 400, "POST", "/harnesses", b"[" * 5000 + b"]" * 5000, part="deep")
    refused(soma, "invalid UTF-8", 400, "POST", "/harnesses", b'{"harnessName": "\xff\xfe"}', part="UTF-8")
    refused(soma, "binary garbage", 400, "POST", "/harnesses", random.Random(1).randbytes(5000))
    refused(soma, "array for object", 400, "POST", "/harnesses", b"[1,2]")
    refused(soma, "wrong type", 400, "POST", "/harnesses", {"harnessName": "a", "model": "reflex"}, part="model")
    refused(soma, "unknown key", 400, "POST", "/harnesses", {"harnessName": "a", "model": model, "maxIteration": 1}, part="maxIterations")
    refused(soma, "bad name", 400, "POST", "/harnesses", {"harnessName": "1 a", "model": model}, part="harnessName")
    refused(soma, "name too long", 400, "POST", "/harnesses", {"harnessName": "a" * 41, "model": model}, part="40")
    refused(soma, "giant body", 413, "POST", "/harnesses", b'{"a":"' + b"x" * (2 << 20) + b'"}', part="1048576")
    refused(soma, "unknown harness", 404, "POST", "/harnesses/invoke?harnessArn=nobody", {"messages": [good]}, part="nobody")
    refused(soma, "no messages", 400, "POST", invoke, {}, part="messages")
    refused(soma, "messages of wrong type", 400, "POST", invoke, {"messages": "hi"}, part="messages")
    refused(soma, "unknown block", 400, "POST", invoke, {"messages": [{"role": "user", "content": [{"txt": "hi"}]}]}, part="/messages/0")
    refused(soma, "unknown role", 400, "POST", invoke, {"messages": [{"role": "system", "content": [{"text": "hi"}]}]}, part="role")
    refused(soma, "override refused", 400, "POST", invoke, {"messages": [good], "environment": {}}, part="environment")
    header = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
    refused(soma, "short session id", 400, "POST", invoke, {"messages": [good]}, {header: "short"}, part="33")
    refused(soma, "session id with a path", 400, "POST", invoke, {"messages": [good]}, {header: "../" * 20 + "etc"})
    refused(soma, "unknown run", 404, "GET", "/api/runs/nothing/events")
    refused(soma, "bad number", 400, "GET", "/api/runs?limit=-1", part="limit")
    refused(soma, "no such path", 404, "DELETE", "/api/nothing")
    refused(soma, "method not allowed", 405, "PUT", "/harnesses", {})
    refused(soma, "foreign host", 403, "GET", "/api/status", None, {"Host": "evil.example"})
    refused(soma, "foreign origin", 403, "POST", "/harnesses", {"harnessName": "a"}, {"Origin": "http://evil.example"})


def bad_sockets(soma):
    chance = random.Random(7)
    garbage = [b"\x00" * 4096, b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"]
    garbage += [b"POST /harnesses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n"]
    garbage += [b"POST /harnesses HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"]
    garbage += [b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 50_000 + b"\r\n"]
    garbage += [chance.randbytes(chance.randint(1, 3000)) for _ in range(200)]
    for data in garbage:
        with socket.create_connection(("127.0.0.1", soma.port), timeout=30) as peer:
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
            except OSError:
                pass  # a reset is as good an answer as a 400
    # Slow clients: each sends a piece of a request and then nothing, all at once; others are served meanwhile.
    slow = []
    for number in range(300):
        peer = socket.create_connection(("127.0.0.1", soma.port), timeout=30)
        peer.sendall(b"POST /harnesses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nX-Slow: "[: 10 + number % 60])
        slow.append(peer)
    status, _ = soma.request("GET", "/api/status")
    check(status == 200, f"status with 300 slow clients: {status}")
    for peer in slow:
        peer.close()


def bad_models_and_tools(soma):
    turns = [
        [("tool", "shell", {"command": "yes flood | head -c 300000000"})],
        [("tool", "shell", {"command": ":(){ :|:& };:; sleep 60", "timeout": 60})],
        [("tool", "shell", {"command": "head -c 3000000000 /dev/zero | tail", "timeout": 60})],
        [("tool", "no_such_tool", {"a": 1}), ("tool", "shell", {"wrong": 1})],
        [("text", "done")],
    ]
    script = replay_file(soma.data, turns)
    harness = soma.create_harness({"harnessName": "hostile", "model": {"provider": "replay", "modelId": script}})["harnessId"]
    session = session_id()
    connection, response = soma.invoke(harness, "go", session, timeout=300)
    names = [name for _, name, _ in read_sse(response)]
    connection.close()
    check(names[-3:] == ["messageStop", "metadata", "invocationFinished"], f"hostile tools: the stream ended with {names[-3:]}")
    entry = soma.run_of(session)
    results = [e["body"] for e in soma.events(entry["runId"]) if e["type"] == "tool.result"]
    check(len(results) == 5, f"hostile tools: {len(results)} results")
    text = json.dumps(results)
    for word in ("a kept result may have", "processes", "memory"):
        check(word in text, f"hostile tools: no result names the limit '{word}'")


def main():
    soma = Soma(arguments=["--log-level", "error"]).start()
    harness = soma.create_harness({"harnessName": "well", "model": {"provider": "reflex"}})["harnessId"]
    before = rss_mb(soma)
    bad_requests(soma, harness)
    bad_sockets(soma)
    bad_models_and_tools(soma)
    check(soma.process.poll() is None, "the server is gone")
    connection, response = soma.invoke(harness, "What can you do?")
    names = [name for _, name, _ in read_sse(response)]
    connection.close()
    check("messageStop" in names, f"an ordinary invocation afterwards: {response.status} {names}")
    check(wait_until(lambda: rss_mb(soma) < BOUND_MB, timeout=5), f"memory grew from {before:.0f} to {rss_mb(soma):.0f} MB")
    grown = rss_mb(soma)
    soma.stop()
    for problem in problems:
        print("FAIL", problem)
    print(f"bad_input: {checks} checks, {len(problems)} problems, resident {before:.0f} MB before, {grown:.0f} MB after")
    if not problems:
        shutil.rmtree(soma.data)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
