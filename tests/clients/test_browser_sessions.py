"""Browser sessions through boto3, and through the AgentCore SDK's own client."""

import contextlib
import functools
import http.client
import http.server
import io
import os
import pathlib
import tempfile
import threading
import urllib.parse

import botocore.exceptions
from bedrock_agentcore.tools.browser_client import BrowserClient

import manual
from devtools import Devtools
from somas import Boto3Case, wait_until

BROWSER = {"browserIdentifier": "aws.browser.v1"}
PAGE = """<!doctype html><title>start</title><body style="margin:0">
<button style="position:absolute;left:0;top:0;width:100px;height:50px"
  onclick="document.title = 'clicked'; fetch('/clicked')">Go</button>
<textarea style="position:absolute;left:0;top:60px;width:200px;height:100px" oninput="fetch('/typed?' + this.value)"></textarea>
<script>
const seen = '/seen?' + (localStorage.getItem('who') || 'nobody') + '&' + document.cookie;
localStorage.setItem('who', 'ada'); document.cookie = 'login=yes; max-age=9999';
// Whoever hears of /seen may ask for the cookies at once: reading one makes sure that it is kept.
if (document.cookie) fetch(seen);
</script>
"""


class Site(http.server.BaseHTTPRequestHandler):
    """Answers its page, and keeps what pages ask for."""

    asked = []

    def do_GET(self):
        self.asked.append(urllib.parse.unquote(self.path))
        body = PAGE.encode() if self.path == "/" else b""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def children_of(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(entry.name))
    return found


class BrowserSessionsTest(Boto3Case):
    @classmethod
    def setUpClass(cls):
        cls.site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        cls.url = f"http://127.0.0.1:{cls.site.server_port}/"
        cls.soma_arguments = ["--allow", f"127.0.0.1:{cls.site.server_port}"]
        threading.Thread(target=cls.site.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.site.server_close)
        cls.addClassCleanup(cls.site.shutdown)
        super().setUpClass()

    def setUp(self):
        Site.asked.clear()

    def start(self, **more):
        started = self.data.start_browser_session(**BROWSER, **more)
        self.addCleanup(self.stop, started["sessionId"])
        return started

    def stop(self, session):
        return self.data.stop_browser_session(**BROWSER, sessionId=session)

    def act(self, session, **action):
        answer = self.data.invoke_browser(**BROWSER, sessionId=session, action=action)
        [(name, result)] = answer["result"].items()
        self.assertEqual(name, next(iter(action)))
        return result

    def status(self, session):
        return self.data.get_browser_session(**BROWSER, sessionId=session)["status"]

    def refused(self, call, error="ValidationException"):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            call()
        self.assertEqual(raised.exception.response["Error"]["Code"], error)
        return raised.exception.response["Error"]["Message"]

    def open_page(self, session, url):
        """A page that is opened the way a client opens it: over the automation stream."""
        endpoint = self.data.get_browser_session(**BROWSER, sessionId=session)["streams"]["automationStream"]
        with Devtools(endpoint["streamEndpoint"]) as devtools:
            devtools.call("Target.createTarget", url=url)

    def asked(self, path):
        return wait_until(lambda: [entry for entry in Site.asked if entry.startswith(path)])

    def test_sessions_are_started_got_listed_and_stopped(self):
        started = self.start(name="test", viewPort={"width": 640, "height": 480})
        session = started["sessionId"]
        self.assertEqual(started["streams"]["automationStream"]["streamStatus"], "ENABLED")
        got = self.data.get_browser_session(**BROWSER, sessionId=session)
        self.assertEqual((got["status"], got["name"], got["sessionTimeoutSeconds"]), ("READY", "test", 3600))
        self.assertEqual(got["viewPort"], {"width": 640, "height": 480})
        self.assertEqual(got["streams"], started["streams"])
        stopped = self.start()["sessionId"]
        self.stop(stopped)
        self.stop(stopped)

        def listed(**more):
            items = self.data.list_browser_sessions(**BROWSER, **more)["items"]
            return {item["sessionId"]: item["status"] for item in items}

        self.assertEqual((listed()[stopped], listed()[session]), ("TERMINATED", "READY"))
        self.assertNotIn(stopped, listed(status="READY"))
        self.assertNotIn(session, listed(status="TERMINATED"))
        first = self.data.list_browser_sessions(**BROWSER, maxResults=1)
        second = self.data.list_browser_sessions(**BROWSER, maxResults=1, nextToken=first["nextToken"])
        self.assertNotEqual(first["items"][0]["sessionId"], second["items"][0]["sessionId"])
        self.refused(lambda: self.act(stopped, screenshot={}), "ResourceNotFoundException")
        self.assertNotIn("streams", self.data.get_browser_session(**BROWSER, sessionId=stopped))

    def test_the_same_token_starts_one_session(self):
        token = "a-client-token-of-at-least-33-characters"
        self.assertEqual(self.start(clientToken=token)["sessionId"], self.start(clientToken=token)["sessionId"])

    def test_mouse_and_keyboard_reach_the_page(self):
        session = self.start(viewPort={"width": 640, "height": 480})["sessionId"]
        self.open_page(session, self.url)
        self.asked("/seen")
        self.assertEqual(self.act(session, mouseClick={"x": 50, "y": 25}), {"status": "SUCCESS"})
        self.asked("/clicked")
        self.act(session, mouseClick={"x": 50, "y": 100})
        self.act(session, keyType={"text": "Grüße"})
        self.asked("/typed?Grüße")
        self.act(session, keyShortcut={"keys": ["ctrl", "a"]})
        self.act(session, keyPress={"key": "x", "presses": 3})
        self.assertEqual(self.asked("/typed?xxx"), ["/typed?xxx"])
        for action in (
            {"mouseMove": {"x": 1, "y": 1}},
            {"mouseDrag": {"startX": 1, "startY": 1, "endX": 60, "endY": 60}},
            {"mouseScroll": {"x": 1, "y": 1, "deltaY": 100}},
        ):
            self.assertEqual(self.act(session, **action), {"status": "SUCCESS"})
        failed = self.act(session, keyPress={"key": "hyper"})
        self.assertEqual(failed["status"], "FAILED")
        self.assertIn("hyper", failed["error"])
        picture = self.act(session, screenshot={"format": "PNG"})["data"]
        self.assertEqual(picture[:8] + picture[16:24], b"\x89PNG\r\n\x1a\n\x00\x00\x02\x80\x00\x00\x01\xe0")

    def test_profiles_keep_cookies_and_local_storage(self):
        profile = "work-0123456789"
        self.refused(
            lambda: self.start(profileConfiguration={"profileIdentifier": "none-0123456789"}),
            "ResourceNotFoundException",
        )
        first = self.start()["sessionId"]
        self.open_page(first, self.url)
        self.assertEqual(self.asked("/seen"), ["/seen?nobody&"])
        saved = self.data.save_browser_session_profile(**BROWSER, sessionId=first, profileIdentifier=profile)
        self.assertEqual((saved["profileIdentifier"], saved["sessionId"]), (profile, first))
        self.stop(first)
        kept = pathlib.Path(self.soma.data, "browser-profiles", f"{profile}.json")
        self.assertEqual(oct(kept.stat().st_mode)[-3:], "600")
        Site.asked.clear()
        second = self.start(profileConfiguration={"profileIdentifier": profile})["sessionId"]
        got = self.data.get_browser_session(**BROWSER, sessionId=second)
        self.assertEqual(got["profileConfiguration"], {"profileIdentifier": profile})
        self.assertEqual(Site.asked, [], "giving a profile back asks the site nothing")
        self.open_page(second, self.url)
        self.assertEqual(self.asked("/seen"), ["/seen?ada&login=yes"])

    def test_what_is_not_allowed_outbound_is_not_loaded(self):
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        session = self.start()
        with Devtools(session["streams"]["automationStream"]["streamEndpoint"]) as devtools:
            context = devtools.call("Target.createBrowserContext", proxyServer="direct://")["browserContextId"]
            for where in ({}, {"browserContextId": context}):
                target = devtools.call("Target.createTarget", url="about:blank", **where)["targetId"]
                page = devtools.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                url = f"http://127.0.0.1:{other.server_port}/secret"
                self.assertTrue(devtools.call("Page.navigate", page, url=url)["errorText"])
        self.assertEqual(Site.asked, [])

    def test_automation_is_switched_off_and_on(self):
        started = self.start()
        session, endpoint = started["sessionId"], started["streams"]["automationStream"]["streamEndpoint"]

        def switch(status):
            update = {"automationStreamUpdate": {"streamStatus": status}}
            answer = self.data.update_browser_stream(**BROWSER, sessionId=session, streamUpdate=update)
            self.assertEqual(answer["streams"]["automationStream"]["streamStatus"], status)

        with Devtools(endpoint) as devtools:
            self.assertIn("Chrome", devtools.call("Browser.getVersion")["product"])
            switch("DISABLED")
            self.assertEqual(devtools.end(), (1001, "the automation stream is disabled"))
        with self.assertRaisesRegex(ConnectionError, "412"):
            Devtools(endpoint)
        self.assertEqual(self.act(session, mouseMove={"x": 1, "y": 1}), {"status": "SUCCESS"})
        switch("ENABLED")
        with Devtools(endpoint) as devtools:
            devtools.call("Browser.getVersion")

    def test_a_client_cannot_reach_files_of_the_machine(self):
        with Devtools(self.start()["streams"]["automationStream"]["streamEndpoint"]) as devtools:
            with self.assertRaisesRegex(RuntimeError, "not file:///etc/passwd"):
                devtools.call("Target.createTarget", url="file:///etc/passwd")
            with self.assertRaisesRegex(RuntimeError, "Tethering.bind is not allowed"):
                devtools.call("Tethering.bind", port=9999)

    def test_the_live_view_shows_pictures(self):
        endpoint = urllib.parse.urlsplit(self.start()["streams"]["liveViewStream"]["streamEndpoint"])
        connection = http.client.HTTPConnection(endpoint.netloc, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", endpoint.path + "?pictures=1")
        response = connection.getresponse()
        self.assertIn("multipart/x-mixed-replace", response.getheader("content-type"))
        body = response.read()
        self.assertEqual(body.split(b"\r\n\r\n")[1][:3], b"\xff\xd8\xff")
        self.assertTrue(body.endswith(b"--soma-picture--\r\n"))

    def test_a_session_ends_with_its_time_and_its_browser(self):
        before = set(children_of(self.soma.process.pid))
        short = self.start(sessionTimeoutSeconds=2)["sessionId"]
        self.assertTrue(wait_until(lambda: self.status(short) == "TERMINATED"))
        self.assertTrue(wait_until(lambda: not set(children_of(self.soma.process.pid)) - before))
        session = self.start()["sessionId"]
        [browser] = set(children_of(self.soma.process.pid)) - before
        os.kill(browser, 9)
        self.assertTrue(wait_until(lambda: self.status(session) == "TERMINATED"))

    def test_what_is_not_offered_is_named(self):
        location = {"s3": {"bucket": "bucket", "prefix": "x"}}
        certificate = {"secretsManager": {"secretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"}}
        for member, value in {
            "extensions": [{"location": location}],
            "enterprisePolicies": [{"location": location}],
            "certificates": [{"location": certificate}],
            "proxyConfiguration": {"proxies": [{"externalProxy": {"server": "proxy", "port": 1}}]},
        }.items():
            words = self.refused(functools.partial(self.data.start_browser_session, **BROWSER, **{member: value}))
            self.assertIn(f"{member} is not offered", words)

    def test_what_cannot_be_asked_is_an_exception(self):
        for wrong in (
            {"sessionTimeoutSeconds": 28801},
            {"viewPort": {"width": 4000, "height": 900}},
            {"profileConfiguration": {"profileIdentifier": "none"}},
        ):
            self.refused(functools.partial(self.data.start_browser_session, **BROWSER, **wrong))
        self.refused(
            lambda: self.data.start_browser_session(browserIdentifier="mine-1234567890"), "ResourceNotFoundException"
        )
        self.refused(lambda: self.act("none", screenshot={}), "ResourceNotFoundException")
        session = self.start()["sessionId"]
        self.refused(lambda: self.act(session, mouseClick={"x": 1, "y": 1, "clickCount": 11}))

    def test_the_agentcore_sdk_works_with_it(self):
        client = BrowserClient("us-east-1")
        client.data_plane_client = self.data
        client.start(viewport={"width": 800, "height": 600})
        self.addCleanup(client.stop)
        self.assertEqual(client.get_session()["viewPort"], {"width": 800, "height": 600})
        client.take_control()
        self.assertEqual(client.get_session()["streams"]["automationStream"]["streamStatus"], "DISABLED")
        client.release_control()
        self.assertEqual(client.get_session()["streams"]["automationStream"]["streamStatus"], "ENABLED")

    def test_the_manuals_example_runs(self):
        [code] = manual.blocks("browser-sessions.md", "python")
        code = code.replace("http://127.0.0.1:8642", self.soma.info["url"])
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(io.StringIO()) as printed:
            picture = pathlib.Path(directory, "page.png")
            exec(compile(code.replace("page.png", str(picture)), "docs/browser-sessions.md", "exec"), {})
            self.assertTrue(picture.read_bytes().startswith(b"\x89PNG"))
        self.assertTrue(printed.getvalue().startswith("ws://"))

    def test_a_restart_ends_sessions_and_browsers(self):
        session = self.start()["sessionId"]
        browsers = children_of(self.soma.process.pid)
        self.soma.kill()
        self.soma.start()
        type(self).data = self.client("bedrock-agentcore")
        self.assertTrue(wait_until(lambda: self.status(session) == "TERMINATED"))
        self.assertTrue(wait_until(lambda: not any(pathlib.Path("/proc", str(pid)).exists() for pid in browsers)))
