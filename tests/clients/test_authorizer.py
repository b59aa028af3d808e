"""A harness with an authorizer: boto3 with PyJWT's tokens, the AgentCore SDK's shell client, the command line."""

import asyncio
import os
import subprocess
import unittest

import botocore
import botocore.exceptions
import websockets
from bedrock_agentcore.runtime.agent_core_runtime_client import AgentCoreRuntimeClient

from issuers import Issuer
from somas import Boto3Case, binary, of, session_id, stops, text

GROUPS = {
    "inboundTokenClaimName": "groups",
    "inboundTokenClaimValueType": "STRING_ARRAY",
    "authorizingClaimMatchValue": {
        "claimMatchValue": {"matchValueStringList": ["support", "engineering"]},
        "claimMatchOperator": "CONTAINS_ANY",
    },
}
# The SDK takes ARNs of runtimes alone; where it connects to is replaced below.
ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/soma"


class AuthorizerTest(Boto3Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer = cls.enterClassContext(Issuer())

    def authorizer(self, **more):
        return {"customJWTAuthorizer": {"discoveryUrl": self.issuer.discovery_url, "allowedAudience": ["agents"], **more}}

    def protected(self, **more):
        return self.create(authorizerConfiguration=self.authorizer(**more))

    def signed_in(self, token):
        """A data plane client that sends this token where it would sign."""
        client = self.client("bedrock-agentcore", signature_version=botocore.UNSIGNED)

        def add_token(request, **_):
            request.headers["Authorization"] = f"Bearer {token}"

        client.meta.events.register("before-send.bedrock-agentcore.*", add_token)
        return client

    def ask(self, client, harness, session=None, **more):
        answer = client.invoke_harness(
            harnessArn=harness["arn"], runtimeSessionId=session or session_id(), messages=text("Run `echo hello`"), **more
        )
        return list(answer["stream"])

    def refused(self, call, *arguments, **more):
        """(exception's name, status, WWW-Authenticate) of a call that must fail."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(*arguments, **more)
        response = caught.exception.response
        metadata = response["ResponseMetadata"]
        challenge = metadata["HTTPHeaders"].get("www-authenticate", "")
        return response["Error"]["Code"], metadata["HTTPStatusCode"], challenge

    def test_the_configuration_is_set_read_changed_and_taken_away(self):
        whole = self.authorizer(
            allowedClients=["app"],
            allowedScopes=["run"],
            advertisedScopeMapping={"run": "api/run"},
            customClaims=[GROUPS],
        )
        made = self.create(authorizerConfiguration=whole)
        self.assertEqual(made["authorizerConfiguration"], whole)
        update = self.control.update_harness
        kept = update(harnessId=made["harnessId"], maxIterations=3)["harness"]
        self.assertEqual(kept["authorizerConfiguration"], whole)
        other = self.authorizer()
        changed = update(harnessId=made["harnessId"], authorizerConfiguration={"optionalValue": other})["harness"]
        self.assertEqual(changed["authorizerConfiguration"], other)
        cleared = update(harnessId=made["harnessId"], authorizerConfiguration={})["harness"]
        self.assertNotIn("authorizerConfiguration", cleared)
        with self.assertRaises(self.control.exceptions.ValidationException):
            update(
                harnessId=made["harnessId"],
                authorizerConfiguration={"optionalValue": {"customJWTAuthorizer": {"discoveryUrl": "https://x.example/"}}},
            )

    def test_an_accepted_token_invokes_runs_commands_and_stops(self):
        harness, session = self.protected(customClaims=[GROUPS]), session_id()
        client = self.signed_in(self.issuer.token(groups=["support"]))
        self.assertEqual(stops(self.ask(client, harness, session))[-1], "end_turn")
        command = client.invoke_agent_runtime_command(
            agentRuntimeArn=harness["arn"], runtimeSessionId=session, body={"command": "echo from the box"}
        )
        chunks = of(list(command["stream"]), "chunk")
        self.assertIn("from the box\n", [chunk.get("contentDelta", {}).get("stdout") for chunk in chunks])
        client.stop_runtime_session(agentRuntimeArn=harness["arn"], runtimeSessionId=session)
        self.assertEqual(self.soma.run_of(session)["userId"], "alice")

    def test_every_operation_of_the_data_plane_asks_for_a_token(self):
        harness, session = self.protected(), session_id()
        self.ask(self.signed_in(self.issuer.token()), harness, session)
        arn = {"agentRuntimeArn": harness["arn"], "runtimeSessionId": session}
        for client in (self.data, self.signed_in("nonsense"), self.signed_in(self.issuer.token(exp=1))):
            calls = [
                lambda: self.ask(client, harness, session),
                lambda: client.invoke_agent_runtime_command(body={"command": "true"}, **arn),
                lambda: client.stop_runtime_session(**arn),
            ]
            for call in calls:
                name, status, challenge = self.refused(call)
                self.assertEqual((name, status), ("UnauthorizedException", 401))
                self.assertTrue(challenge.startswith("Bearer"), challenge)

    def test_a_refusal_says_why_and_nothing_of_the_token(self):
        harness = self.protected(allowedScopes=["run"], advertisedScopeMapping={"run": "api/run"})
        cases = {
            "expired": {"exp": 1},
            "aud": {"aud": "other"},
            "iss": {"iss": "https://elsewhere.example"},
        }
        for word, claims in cases.items():
            with self.subTest(word):
                _, status, challenge = self.refused(self.ask, self.signed_in(self.issuer.token(**claims)), harness)
                self.assertEqual(status, 401)
                self.assertIn('error="invalid_token"', challenge)
                self.assertIn(word, challenge)
        name, status, challenge = self.refused(self.ask, self.signed_in(self.issuer.token(scope="walk")), harness)
        self.assertEqual((name, status), ("AccessDeniedException", 403))
        self.assertIn('scope="api/run"', challenge)
        self.ask(self.signed_in(self.issuer.token(scope="walk run")), harness)
        self.assertNotIn(self.issuer.token().split(".")[0], self.soma.log_tail())

    def test_users_do_not_get_at_each_others_sessions(self):
        harness, session = self.protected(), session_id()
        alice, bob = self.signed_in(self.issuer.token("alice")), self.signed_in(self.issuer.token("bob"))
        self.ask(alice, harness, session)
        arn = {"agentRuntimeArn": harness["arn"], "runtimeSessionId": session}
        for call in (
            lambda: self.ask(bob, harness, session),
            lambda: bob.invoke_agent_runtime_command(body={"command": "ls"}, **arn),
            lambda: bob.stop_runtime_session(**arn),
            lambda: self.ask(alice, harness, session, runtimeUserId="bob"),
        ):
            self.assertEqual(self.refused(call)[:2], ("AccessDeniedException", 403))
        self.ask(alice, harness, session, runtimeUserId="alice")

    def test_another_kind_of_key_is_fetched_when_a_token_names_it(self):
        with Issuer() as issuer:
            harness = self.create(authorizerConfiguration={"customJWTAuthorizer": {"discoveryUrl": issuer.discovery_url}})
            issuer.rotate("ES256")
            self.ask(self.signed_in(issuer.token()), harness)
            asked = issuer.asked
            self.ask(self.signed_in(issuer.token("bob")), harness)
            self.assertEqual(issuer.asked, asked)

    def test_the_shell_takes_the_token_as_header_and_as_subprotocol(self):
        harness, session = self.protected(), session_id()
        token = self.issuer.token()
        url = f"{self.soma.info['url'].replace('http', 'ws')}/runtimes/{harness['harnessId']}/ws/shells"
        headers = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session}
        _, protocols = AgentCoreRuntimeClient(region="us-east-1").connect_shell_oauth(
            ARN, bearer_token=token, session_id=session, shell_id="one"
        )

        async def attach(more=None, **settings):
            async with websockets.connect(url, additional_headers={**headers, **(more or {})}, **settings) as socket:
                return socket.subprotocol, await socket.recv()

        _, first = asyncio.run(attach({"Authorization": f"Bearer {token}"}))
        self.assertEqual(first[0], 3)
        protocol, _ = asyncio.run(attach(subprotocols=protocols))
        self.assertEqual(protocol, "base64UrlBearerAuthorization")
        for wrong, status in (({}, 401), ({"Authorization": f"Bearer {self.issuer.token('bob')}"}, 403)):
            with self.assertRaises(websockets.InvalidStatus) as caught:
                asyncio.run(attach(wrong))
            self.assertEqual(caught.exception.response.status_code, status)

    def test_the_command_line_sends_the_token(self):
        harness = self.protected()
        token = self.issuer.token()

        def soma(*words, **environment):
            command = [binary(), *words, "--harness", harness["harnessName"], "--endpoint", self.soma.info["url"]]
            return subprocess.run(
                command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}, stdin=subprocess.DEVNULL
            )

        refused = soma("invoke", "--prompt", "hi")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--bearer-token", refused.stderr)
        for done in (
            soma("invoke", "--prompt", "Run `echo hello`", "--bearer-token", token),
            soma("invoke", "--prompt", "Run `echo hello`", SOMA_BEARER_TOKEN=token),
            soma("exec", "--command", "echo hello", "--bearer-token", token),
        ):
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("hello", done.stdout)


if __name__ == "__main__":
    unittest.main()
