"""What stands for an AgentCore Gateway and its authorization server: an MCP server of the official SDK behind a check.

    with Gateway(signed("us-west-2", "AKID", "secret")) as gateway: ...gateway.url, gateway.requests

A check gets each request whole and says whether it is let through.
"""

import base64
import hmac
import http.server
import json
import re
import socket
import threading
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import uvicorn
from mcp.server.mcpserver import MCPServer

START_SECONDS = 20


class Received:
    """One request, as it came over the wire."""

    def __init__(self, scope, body):
        self.method = scope["method"]
        self.target = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        self.headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        self.body = body

    @property
    def authorization(self):
        return self.headers.get("authorization", "")


def signed(region, access_key, secret_key, session_token=None, service="bedrock-agentcore"):
    """A check: botocore signs what came once more, and must come to the same signature."""
    credentials = botocore.credentials.Credentials(access_key, secret_key, session_token)

    def check(received):
        names = re.search(r"SignedHeaders=([^,]+)", received.authorization)
        if not names:
            return False
        own = {"authorization", "x-amz-date", "x-amz-security-token"}
        headers = {name: received.headers[name] for name in names.group(1).split(";") if name not in own}
        again = botocore.awsrequest.AWSRequest(
            received.method, f"http://{received.headers['host']}{received.target}", headers, received.body
        )
        again.context["timestamp"] = received.headers["x-amz-date"]
        signer = botocore.auth.SigV4Auth(credentials, service, region)
        signer._modify_request_before_signing(again)
        text = signer.string_to_sign(again, signer.canonical_request(again))
        return hmac.compare_digest(f"Signature={signer.signature(text, again)}", received.authorization.split(", ")[-1])

    return check


class Gateway:
    """The MCP server with a tool `orders___total`; what the check does not let through gets 401. A context manager."""

    def __init__(self, check):
        self.check = check
        self.requests = []
        server = MCPServer("gateway", log_level="ERROR")

        @server.tool(name="orders___total", description="Adds prices")
        def total(prices: list[int]) -> int:
            return sum(prices)

        self.app = server.streamable_http_app()
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(self.checked, interface="asgi3", log_level="error", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/mcp"

    async def checked(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        received = Received(scope, body)
        allowed = self.check(received)
        self.requests.append((allowed, received))
        if not allowed:
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"who are you?"})
            return
        given = False

        async def again():
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)

    def __enter__(self):
        self.thread.start()
        until = time.monotonic() + START_SECONDS
        while not self.server.started:
            if time.monotonic() > until:
                raise RuntimeError("the MCP server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join(START_SECONDS)
        self.socket.close()


def client_of(authorization):
    """[id, secret] of HTTP Basic as RFC 6749 2.3.1 has it: both are encoded as in a form."""
    text = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    return [urllib.parse.unquote_plus(part) for part in text.split(":")]


class AuthorizationServer:
    """Gives bearer tokens to one client, by discovery and the client credentials grant. A context manager."""

    def __init__(self, client_id, client_secret):
        self.requests = []  # forms
        self.tokens = set()
        self.client = [client_id, client_secret]
        parent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(200, {"issuer": parent.name, "token_endpoint": f"{parent.name}/token"})

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                if client_of(self.headers["authorization"]) != parent.client:
                    self.answer(401, {"error": "invalid_client"})
                    return
                parent.requests.append(form)
                token = f"token-{len(parent.requests)}"
                parent.tokens.add(token)
                self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def discovery_url(self):
        return f"{self.name}/.well-known/openid-configuration"

    def check(self, received):
        """A Gateway's check: one of the tokens that were given."""
        return received.authorization.removeprefix("Bearer ") in self.tokens
