"""agentcore_gateway tools: boto3 makes the harness, and the tools run on an MCP server of the official SDK that asks
for a signature, which botocore checks, or for a token."""

import json
import subprocess
import unittest
import uuid

from gateways import AuthorizationServer, Gateway, signed
from somas import Boto3Case, binary, results_text, session_id, stops, text

ARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/orders-abcdefghij"
PROVIDER = "arn:aws:bedrock-agentcore:us-west-2:123456789012:token-vault/default/oauth2credentialprovider/ORDERS"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a/secret+key", "AWS_SESSION_TOKEN": "a-session"}


def oauth(**more):
    return {"oauth": {"providerArn": PROVIDER, "scopes": ["orders/read", "orders/write"], **more}}


class GatewayTest(Boto3Case):
    soma_environment = KEYS

    def with_gateway(self, url, auth=None, turns=None):
        """A harness whose model adds prices with the gateway's tool. boto3 knows no url: it is soma's own."""
        config = {"gatewayArn": ARN, "url": url, **({"outboundAuth": auth} if auth else {})}
        tool = {"type": "agentcore_gateway", "name": "shop", "config": config}
        call = [("tool", "shop___orders___total", {"prices": [19, 23]})]
        return self.create_own(self.script(*(turns or [call, [("text", "Added.")]])), tools=[tool])

    def set_client(self, **members):
        command = [binary(), "secret", "set", "ORDERS", "--data-directory", self.soma.data]
        subprocess.run(command, input=json.dumps(members).encode(), check=True, capture_output=True)

    def journal(self, harness, session):
        run = f"session%2F{harness['harnessId']}%2F{session}"
        return json.dumps(self.soma.request("GET", f"/api/runs/{run}/events")[1])

    def test_boto3_makes_tells_and_changes_the_configuration(self):
        for auth in (None, {"awsIam": {}}, {"none": {}}, oauth(grantType="CLIENT_CREDENTIALS", customParameters={"audience": "orders"})):
            with self.subTest(auth):
                inside = {"gatewayArn": ARN, **({"outboundAuth": auth} if auth else {})}
                tools = [{"type": "agentcore_gateway", "name": "shop", "config": {"agentCoreGateway": inside}}]
                made = self.create(tools=tools)
                self.assertEqual(made["tools"], tools)
                told = self.control.get_harness(harnessId=made["harnessId"])["harness"]
                self.assertEqual(told["tools"], tools)
                changed = self.control.update_harness(harnessId=made["harnessId"], tools=[])["harness"]
                self.assertEqual(changed["tools"], [])

    def test_what_cannot_work_is_refused(self):
        for inside, words in (
            ({"gatewayArn": "arn:aws:lambda:us-west-2:123456789012:function:x"}, "gatewayArn"),
            ({"gatewayArn": ARN, "outboundAuth": oauth(grantType="AUTHORIZATION_CODE")}, "AUTHORIZATION_CODE"),
            ({"gatewayArn": ARN, "outboundAuth": oauth(grantType="TOKEN_EXCHANGE")}, "TOKEN_EXCHANGE"),
            ({"gatewayArn": ARN, "outboundAuth": oauth(scopes=["x" * 65])}, "scopes"),
        ):
            with self.subTest(words), self.assertRaises(self.control.exceptions.ValidationException) as caught:
                tool = {"type": "agentcore_gateway", "name": "shop", "config": {"agentCoreGateway": inside}}
                self.create(tools=[tool])
            self.assertIn(words, caught.exception.response["Error"]["Message"])

    def test_a_gateway_that_asks_for_a_signature(self):
        for auth in (None, {"awsIam": {}}):
            with self.subTest(auth), Gateway(signed("us-west-2", *KEYS.values())) as gateway:
                events = self.invoke(self.with_gateway(gateway.url, auth))
                self.assertEqual(stops(events)[-1], "end_turn")
                self.assertIn("42", results_text(events))
                self.assertTrue(all(allowed for allowed, _ in gateway.requests))
                self.assertTrue(any(b"tools/call" in received.body for _, received in gateway.requests))

    def test_a_signature_of_other_keys_is_refused_and_the_invocation_goes_on(self):
        with Gateway(signed("us-west-2", "AKIDEXAMPLE", "another")) as gateway:
            harness, session = self.with_gateway(gateway.url, turns=[[("text", "Then without.")]]), session_id()
            self.assertEqual(stops(self.invoke(harness, session=session)), ["end_turn"])
            self.assertFalse(any(allowed for allowed, _ in gateway.requests))
        events = self.journal(harness, session)
        self.assertIn("tools.unavailable", events)
        for secret in KEYS.values():
            self.assertNotIn(secret, events)

    def test_a_gateway_that_asks_for_a_token(self):
        secret = f"s3cr3t {uuid.uuid4().hex}:%"
        with AuthorizationServer("soma client", secret) as issuer, Gateway(issuer.check) as gateway:
            self.set_client(clientId="soma client", clientSecret=secret, discoveryUrl=issuer.discovery_url)
            call = [("tool", "shop___orders___total", {"prices": [1, 2]})]
            done = [("text", "Added.")]
            harness = self.with_gateway(gateway.url, oauth(customParameters={"audience": "orders"}), [call, done, call, done])
            session = session_id()
            self.assertIn("3", results_text(self.invoke(harness, session=session)))
            form = {"grant_type": ["client_credentials"], "scope": ["orders/read orders/write"], "audience": ["orders"]}
            self.assertEqual(issuer.requests, [form])
            # The authorization server forgets its tokens: the gateway refuses, and one other is asked for.
            issuer.tokens.clear()
            self.assertIn("3", results_text(self.invoke(harness, session=session)))
            self.assertEqual(issuer.requests, [form, form])
            self.assertEqual([allowed for allowed, _ in gateway.requests].count(False), 1)
            events = self.journal(harness, session)
            self.assertNotIn(secret, events)
            self.assertNotIn("token-1", events)

    def test_an_authorization_server_that_refuses_is_told_and_the_invocation_goes_on(self):
        with AuthorizationServer("soma", "right") as issuer, Gateway(issuer.check) as gateway:
            self.set_client(clientId="soma", clientSecret="wr0ng-secret", tokenEndpoint=f"{issuer.name}/token")
            harness, session = self.with_gateway(gateway.url, oauth(), [[("text", "Then without.")]]), session_id()
            self.assertEqual(stops(self.invoke(harness, session=session)), ["end_turn"])
            self.assertEqual(gateway.requests, [])
        events = self.journal(harness, session)
        self.assertIn("invalid_client", events)
        self.assertNotIn("wr0ng-secret", events)

    def test_one_invocation_may_not_bring_a_gateway_that_is_signed_in_to(self):
        harness = self.create(self.script([("text", "x")]))
        tool = {"type": "agentcore_gateway", "name": "shop", "config": {"agentCoreGateway": {"gatewayArn": ARN}}}
        with self.assertRaises(self.data.exceptions.ValidationException):
            self.data.invoke_harness(
                harnessArn=harness["arn"], runtimeSessionId=session_id(), messages=text("go"), tools=[tool]
            )


if __name__ == "__main__":
    unittest.main()
