"""What the Python tests of this folder share: a soma of their own, and boto3 clients for it."""

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

ROLE_ARN = "arn:aws:iam::000000000000:role/soma"
REFLEX = {"liteLlmModelConfig": {"modelId": "reflex"}}

__all__ = [
    "ROLE_ARN",
    "REFLEX",
    "ROOT",
    "SomaTest",
    "binary",
    "new_name",
    "replay_file",
    "session_id",
    "wait_until",
]


def new_name(word="client"):
    return f"{word}_{uuid.uuid4().hex[:12]}"


class SomaTest(unittest.TestCase):
    """A class of tests on one server, which gets these arguments."""

    soma_arguments = []

    @classmethod
    def setUpClass(cls):
        cls.soma = Soma(arguments=cls.soma_arguments).start()
        cls.addClassCleanup(shutil.rmtree, cls.soma.data, True)
        cls.addClassCleanup(cls.soma.stop)

    @classmethod
    def client(cls, service):
        return boto3.client(
            service,
            endpoint_url=cls.soma.info["url"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def script(self, *turns):
        """The model that plays these turns, spelt as the API spells models."""
        path = replay_file(self.soma.data, turns, f"{uuid.uuid4().hex}.jsonl")
        return {"liteLlmModelConfig": {"modelId": f"replay/{path}"}}
