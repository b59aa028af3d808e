"""What the Python tests of this folder share: a soma of their own, and boto3 clients for it."""

import json
import pathlib
import shutil
import sys
import unittest
import uuid

import boto3
import botocore.config

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/kit"))

from soma_process import (
    Soma,
    binary,
    replay_file,
    session_id,
    wait_until,
)  # noqa: E402  (the path comes first)

# Where the key that signs hooks is: the server and the tests read it there.
HOOK_KEY = "SOMA_CLIENTS_HOOK_KEY"
PRICED_SCRIPT = "priced.jsonl"
ROLE_ARN = "arn:aws:iam::000000000000:role/soma"
REFLEX = {"liteLlmModelConfig": {"modelId": "reflex"}}

__all__ = [
    "HOOK_KEY",
    "ROLE_ARN",
    "REFLEX",
    "ROOT",
    "Boto3Case",
    "SomaTest",
    "binary",
    "governed_soma",
    "new_name",
    "of",
    "replay_file",
    "results_text",
    "session_id",
    "stops",
    "text",
    "tool_result",
    "wait_until",
]


def write_prices(directory):
    """A price table for `soma serve --prices`: scripts named PRICED_SCRIPT cost a dollar a token."""
    price = {
        "provider": "replay",
        "modelId": f"*{PRICED_SCRIPT}",
        "inputUsdPerMillion": 1_000_000,
        "outputUsdPerMillion": 1_000_000,
        "source": "made for a test",
    }
    path = pathlib.Path(directory) / "test-prices.json"
    path.write_text(json.dumps({"date": "2026-01-01", "currency": "USD", "models": [price]}))
    return str(path)


def governed_soma(arguments=(), environment=None):
    """A server, not started, with these prices and a key for hooks."""
    soma = Soma(environment={HOOK_KEY: uuid.uuid4().hex, **(environment or {})})
    soma.arguments = ["--prices", write_prices(soma.data), *arguments]
    return soma


def new_name(word="client"):
    return f"{word}_{uuid.uuid4().hex[:12]}"


class SomaTest(unittest.TestCase):
    """A class of tests on one server, which gets these arguments and variables."""

    soma_arguments = []
    soma_environment = {}

    @classmethod
    def setUpClass(cls):
        cls.soma = governed_soma(cls.soma_arguments, cls.soma_environment).start()
        cls.addClassCleanup(shutil.rmtree, cls.soma.data, True)
        cls.addClassCleanup(cls.soma.stop)

    @classmethod
    def client(cls, service, **settings):
        return boto3.client(
            service,
            endpoint_url=cls.soma.info["url"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=botocore.config.Config(retries={"total_max_attempts": 1}, **settings),
        )

    def script(self, *turns, priced=False):
        """The model that plays these turns, spelt as the API spells models."""
        name = PRICED_SCRIPT if priced else "script.jsonl"
        path = replay_file(self.soma.data, turns, f"{uuid.uuid4().hex}-{name}")
        return {"liteLlmModelConfig": {"modelId": f"replay/{path}"}}


def text(words):
    return [{"role": "user", "content": [{"text": words}]}]


def tool_result(tool_use_id, words, status="success"):
    """A client's answer to one call, as messages."""
    result = {"toolUseId": tool_use_id, "content": [{"text": words}], "status": status}
    return [{"role": "user", "content": [{"toolResult": result}]}]


def of(events, kind):
    return [event[kind] for event in events if kind in event]


def stops(events):
    return [event["stopReason"] for event in of(events, "messageStop")]


def results_text(events):
    """What tools said, as one text."""
    blocks = [
        block for event in of(events, "contentBlockDelta") for block in event["delta"].get("toolResult", [])
    ]
    return "".join(block.get("text", "") for block in blocks)


class Boto3Case(SomaTest):
    """Harnesses made and asked through boto3."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.control = cls.client("bedrock-agentcore-control")
        cls.data = cls.client("bedrock-agentcore")

    def create(self, model=None, **more):
        answer = self.control.create_harness(
            harnessName=new_name(), executionRoleArn=ROLE_ARN, model=model or REFLEX, **more
        )
        return answer["harness"]

    def create_own(self, model=None, **more):
        """A harness with members that boto3 does not have, as soma spells it."""
        return self.soma.create_harness({"harnessName": new_name("own"), "model": model or REFLEX, **more})

    def open(self, harness, words="go", session=None, messages=None, **more):
        answer = self.data.invoke_harness(
            harnessArn=harness["arn"],
            runtimeSessionId=session or session_id(),
            messages=messages or text(words),
            **more,
        )
        return answer["stream"]

    def invoke(self, harness, *words, **more):
        return list(self.open(harness, *words, **more))

    def run_command(self, harness, session=None, **body):
        answer = self.data.invoke_agent_runtime_command(
            agentRuntimeArn=harness["arn"], runtimeSessionId=session or session_id(), body=body
        )
        return answer, [event["chunk"] for event in answer["stream"]]
