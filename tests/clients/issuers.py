"""An OpenID Connect issuer on loopback, whose tokens PyJWT makes."""

import http.server
import json
import threading
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class Issuer:
    """Serves a discovery document and a key set; signs with the newest key. A context manager."""

    def __init__(self):
        self.keys = []
        self.asked = 0
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(issuer.document(self.path)).encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"http://127.0.0.1:{self.server.server_port}"
        self.rotate("RS256")

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def discovery_url(self):
        return f"{self.name}/.well-known/openid-configuration"

    def document(self, path):
        if path != "/keys":
            return {"issuer": self.name, "jwks_uri": f"{self.name}/keys"}
        return {"keys": [jwk for _, _, jwk in self.keys]}

    def rotate(self, algorithm):
        """A new key for this algorithm in place of the old ones."""
        if algorithm.startswith("ES"):
            private = ec.generate_private_key(ec.SECP256R1())
        else:
            private = rsa.generate_private_key(65537, 2048)
        maker = jwt.get_algorithm_by_name(algorithm)
        jwk = {**maker.to_jwk(private.public_key(), as_dict=True), "kid": f"key-{time.monotonic_ns()}"}
        jwk.pop("key_ops", None)
        self.keys = [(algorithm, private, jwk)]

    def token(self, user="alice", **claims):
        algorithm, private, jwk = self.keys[-1]
        whole = {"iss": self.name, "sub": user, "exp": int(time.time()) + 600, "aud": "agents", **claims}
        return jwt.encode(whole, private, algorithm, headers={"kid": jwk["kid"]})
