"""Interactive shells: `soma exec --it` at a terminal, and the AgentCore SDK's own shell client."""

import asyncio
import os
import pathlib
import shutil
import signal
import subprocess
import unittest
import urllib.parse

from bedrock_agentcore.runtime.shell import ReconnectConfig, ShellChannel, ShellSession
import websockets

from somas import SomaTest, binary, governed_soma, new_name, session_id, wait_until
from typist import Typist

# The SDK takes ARNs of runtimes alone; where it connects to is the client's word.
ARN = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/soma"
DETACH = "\x1d"


class LocalClient:
    """What ShellSession asks of the SDK's client: where the shell of this harness is, and with what headers."""

    region = "us-east-1"

    def __init__(self, soma, harness):
        self.url = f"{soma.info['url'].replace('http', 'ws')}/runtimes/{urllib.parse.quote(harness['arn'], safe='')}"

    def connect_shell(self, _arn, session_id=None, endpoint_name=None, shell_id=None):
        query = urllib.parse.urlencode({"shellId": shell_id})
        return f"{self.url}/ws/shells?{query}", {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session_id}


def processes_with(mark):
    """The processes whose command line has this in it."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


class ShellCase(SomaTest):
    def setUp(self):
        self.harness = self.soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})
        self.session = session_id()

    def arguments(self, *more):
        url, name = self.soma.info["url"], self.harness["harnessName"]
        return ["exec", "--it", "--endpoint", url, "--harness", name, "--session-id", self.session, *more]


class ShellTerminalTest(ShellCase):
    def test_is_a_terminal_and_ends_with_the_shells_exit_code(self):
        typist = Typist(self.arguments())
        typist.until(r"\$ ")
        typist.types("test -t 0 && stty -a > /dev/tty; echo work''space is $PWD\r")
        typist.until("workspace is /workspace")
        typist.types("exit 7\r")
        self.assertEqual(typist.ends(), 7, typist.printed)

    def test_a_new_size_reaches_the_shell(self):
        typist = Typist(self.arguments())
        typist.until(r"\$ ")
        typist.is_resized_to(101, 37)
        typist.types("until [ \"$(stty size)\" = '37 101' ]; do sleep 0.01; done; echo re''sized; exit\r")
        typist.until("resized")
        self.assertEqual(typist.ends(), 0, typist.printed)

    def test_ctrl_c_and_ctrl_z_are_the_shells_and_not_somas(self):
        typist = Typist(self.arguments())
        typist.until(r"\$ ")
        typist.types("sh -c 'echo sle\"\"eps; exec sleep 1000'\r")
        typist.until("sleeps\r\n")
        typist.types("\x03")
        typist.until(r"\$ ")
        typist.types("sh -c 'echo st\"\"ops; exec sleep 1000'\r")
        typist.until("stops\r\n")
        typist.types("\x1a")
        typist.until("Stopped")
        typist.types("kill -KILL %1; disown %1; exit 3\r")
        self.assertEqual(typist.ends(), 3, typist.printed)

    def test_detaches_restores_the_terminal_and_comes_back(self):
        typist = Typist(self.arguments("--shell-id", "mine"))
        typist.until(r"\$ ")
        raw = typist.mode()
        typist.types("x=4711; echo re''ady\r")
        typist.until("ready")
        typist.types(DETACH)
        line = typist.until(r"detached; go on with: soma exec --it [^\r\n]+\r\n")
        self.assertIn("--shell-id mine", line)
        self.assertNotEqual(typist.mode()[3], raw[3], "the terminal is as it was before")
        self.assertEqual(typist.ends(), 0, typist.printed)
        again = Typist(self.arguments("--shell-id", "mine"))
        again.until("ready")
        again.types("echo \"it is $x\"; exit\r")
        again.until("it is 4711")
        self.assertEqual(again.ends(), 0, again.printed)

    def test_another_client_takes_it_and_an_ended_session_says_so(self):
        first = Typist(self.arguments("--shell-id", "mine"))
        first.until(r"\$ ")
        second = Typist(self.arguments("--shell-id", "mine"))
        first.until("another client has taken the shell")
        self.assertEqual(first.ends(), 125)
        second.until(r"\$ ")
        self.soma.request("DELETE", f"/api/sessions/{self.harness['harnessId']}/{self.session}")
        second.until("the session was ended")
        self.assertEqual(second.ends(), 125)

    def test_refusals_are_told_in_words(self):
        typist = Typist(self.arguments()[:5] + ["nobody"])
        typist.until("there is no harness 'nobody'")
        self.assertEqual(typist.ends(), 125)
        piped = subprocess.run([binary(), *self.arguments()], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertIn("needs a terminal", piped.stderr)
        self.assertEqual(piped.returncode, 125)


class ShellSdkTest(ShellCase):
    def shell(self, **more):
        return ShellSession(LocalClient(self.soma, self.harness), ARN, session_id=self.session, **more)

    @staticmethod
    async def until(shell, text):
        """What is printed, up to this text or to the end."""
        printed = ""
        async for frame in shell:
            if frame.channel == ShellChannel.STDOUT:
                printed += frame.text
                if text in printed:
                    break
        return printed

    def test_sends_receives_resizes_and_tells_the_exit_code(self):
        async def talk():
            async with self.shell() as shell:
                await shell.resize(132, 43)
                await shell.send("until [ \"$(stty size)\" = '43 132' ]; do :; done; echo si''zed; exit 5\r")
                printed = await self.until(shell, "sized")
                await self.until(shell, "\0")
                return printed, shell.exit_code

        printed, code = asyncio.run(talk())
        self.assertIn("sized", printed)
        self.assertEqual(code, 5)

    def test_the_same_ids_lead_to_the_same_shell(self):
        async def talk():
            first = self.shell(shell_id="work")
            await first.__aenter__()
            await first.send("x=4711; echo re''ady\r")
            await self.until(first, "ready")
            second = self.shell(shell_id="work")
            await second.__aenter__()
            async for _ in first:
                pass
            await second.send("echo \"it is $x\"\r")
            printed = await self.until(second, "it is 4711")
            await second.close()
            return first.kicked, printed

        kicked, printed = asyncio.run(talk())
        self.assertTrue(kicked)
        self.assertIn("ready", printed, "what was printed before comes again")

    def test_a_cut_connection_is_gone_on_with(self):
        async def talk():
            async with self.shell(reconnect_config=ReconnectConfig(base_delay=0.05)) as shell:
                await shell.send("x=4711; echo re''ady\r")
                await self.until(shell, "ready")
                shell._ws.transport.abort()
                printed = await self.until(shell, "ready")
                await shell.send("echo \"it is $x\"\r")
                return printed + await self.until(shell, "it is 4711")

        self.assertIn("it is 4711", asyncio.run(talk()))

    def test_a_close_frame_ends_the_shell_and_what_runs_in_it(self):
        mark = f"sleep 98{os.getpid()}"

        async def talk():
            async with self.shell() as shell:
                await shell.send(f"{mark}\r")
                await asyncio.to_thread(wait_until, lambda: processes_with(mark))
                await shell._ws.send(bytes([ShellChannel.CLOSE]))
                async for _ in shell:
                    pass

        asyncio.run(talk())
        self.assertTrue(wait_until(lambda: not processes_with(mark)))

    def test_more_than_ten_are_refused(self):
        async def talk():
            shells = [self.shell(shell_id=f"s{number}") for number in range(11)]
            for shell in shells[:10]:
                await shell.__aenter__()
            try:
                await shells[10].__aenter__()
            except websockets.exceptions.InvalidStatus as refused:
                return refused.response.status_code, refused.response.body.decode()
            finally:
                for shell in shells[:10]:
                    await shell.close()

        status, body = asyncio.run(talk())
        self.assertEqual(status, 429)
        self.assertIn("kMaxShells", body)

    def test_a_page_of_another_site_gets_none(self):
        async def talk():
            url, headers = LocalClient(self.soma, self.harness).connect_shell(ARN, self.session, shell_id="x")
            try:
                async with websockets.connect(url, additional_headers=headers, origin="http://evil.test"):
                    return 101
            except websockets.exceptions.InvalidStatus as refused:
                return refused.response.status_code

        self.assertEqual(asyncio.run(talk()), 403)


class ShellCrashTest(unittest.TestCase):
    def test_a_killed_server_takes_its_shells_with_it(self):
        soma = governed_soma().start()
        self.addCleanup(shutil.rmtree, soma.data, True)
        self.addCleanup(soma.stop)
        harness = soma.create_harness({"harnessName": new_name(), "model": {"provider": "reflex"}})
        session, mark = session_id(), f"sleep 97{os.getpid()}"
        arguments = ["exec", "--it", "--endpoint", soma.info["url"], "--harness", harness["harnessName"]]
        typist = Typist([*arguments, "--session-id", session, "--shell-id", "mine"])
        typist.until(r"\$ ")
        typist.types(f"{mark} & {mark}\r")
        self.assertTrue(wait_until(lambda: len(processes_with(mark)) == 2))
        soma.process.send_signal(signal.SIGKILL)
        typist.until("the connection broke")
        self.assertEqual(typist.ends(), 125)
        self.assertTrue(wait_until(lambda: not processes_with(mark)), processes_with(mark))
        soma.kill()
        soma.start()
        again = Typist([*arguments[:3], soma.info["url"], *arguments[4:], "--session-id", session, "--shell-id", "mine"])
        again.until(r"\$ ")
        again.types("exit 4\r")
        self.assertEqual(again.ends(), 4, "a new shell of the same name")


if __name__ == "__main__":
    unittest.main()
