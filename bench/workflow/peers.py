"""The peers of the workflow measures: installed below build/ when they are missing, each run on workflows of as many durable steps.

Restate, DBOS and Temporal keep each step on the same disk as soma; aws-local-stepfunctions keeps nothing.
"""

import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import kit

HOME = kit.BUILD / "bench-peers/workflow"
SOURCES = kit.ROOT / "bench/peers/workflow"
RESTATE = "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server"
POSTGRES_VERSION = 15
# Temporal's development server, whose store is SQLite: of the command line's versions one that Go builds by its name alone
# (newer ones replace a module by a folder of their own, which Go does not follow there).
TEMPORAL_CLI, TEMPORAL_VERSION = "github.com/temporalio/cli/cmd/temporal", "1.5.1"
TEMPORAL = HOME / f"temporal-{TEMPORAL_VERSION}"
TEMPORAL_NEEDS_GO = (1, 25)
START_S = 60
# Connections of DBOS's pool: more than PostgreSQL's processors can use, fewer than it allows.
POOL = 32


def install():
    HOME.mkdir(parents=True, exist_ok=True)
    source, installed = SOURCES / "package.json", HOME / "installed.json"
    if not installed.exists() or installed.read_bytes() != source.read_bytes():
        kit.say("installing Restate, DBOS, Temporal's SDK and aws-local-stepfunctions into build/bench-peers/workflow")
        shutil.copy(source, HOME / "package.json")
        options = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        run_quietly(["npm", "install", *options], cwd=HOME)
        shutil.copy(source, installed)
    # Node looks for packages beside the file that imports them.
    for program in SOURCES.glob("*.mjs"):
        shutil.copy(program, HOME)
    if postgres_programs() is None:
        install_postgres()
    if not TEMPORAL.exists():
        install_temporal()


def run_quietly(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def postgres_programs():
    """The folder of initdb and postgres: the system's, or what install_postgres unpacked."""
    inside = f"usr/lib/postgresql/{POSTGRES_VERSION}/bin"
    return next((root / inside for root in (pathlib.Path("/"), HOME / "postgres") if (root / inside / "initdb").exists()), None)


def install_postgres():
    """Debian's package, unpacked below build/ and not installed; what it links must be there (libpq5, libicu, …)."""
    kit.say("unpacking Debian's PostgreSQL into build/bench-peers/workflow/postgres")
    (HOME / "postgres").mkdir(exist_ok=True)
    run_quietly(["apt-get", "download", f"postgresql-{POSTGRES_VERSION}", "libpq5"], cwd=HOME / "postgres")
    for package in (HOME / "postgres").glob("*.deb"):
        run_quietly(["dpkg", "-x", package, HOME / "postgres"])


def go_program():
    """A Go that can build Temporal's server, or None."""
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        return None
    done = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True, env={**os.environ, "GOTOOLCHAIN": "local"})
    found = re.match(r"go(\d+)\.(\d+)", done.stdout)
    return go if found and tuple(map(int, found.groups())) >= TEMPORAL_NEEDS_GO else None


def install_temporal():
    """Builds the server from Go's modules, some minutes of both cores; where it cannot be built, Temporal is left out."""
    go = go_program()
    if go is None:
        kit.say(f"Temporal is left out: its server needs Go {'.'.join(map(str, TEMPORAL_NEEDS_GO))} to be built")
        return
    kit.say("building Temporal's development server from Go's modules into build/bench-peers/workflow")
    with tempfile.TemporaryDirectory(dir=HOME) as folder:  # gigabytes of modules, which nobody needs afterwards
        settings = {"GOPATH": f"{folder}/path", "GOCACHE": f"{folder}/cache", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw"}
        run_quietly([go, "install", f"{TEMPORAL_CLI}@v{TEMPORAL_VERSION}"], cwd=folder, env={**os.environ, **settings})
        shutil.move(f"{folder}/path/bin/temporal", TEMPORAL)


def versions():
    wanted = json.loads((SOURCES / "package.json").read_text())["dependencies"]
    return {
        "restate": {"name": "Restate", "version": wanted["@restatedev/restate-server"]},
        "dbos": {"name": "DBOS", "version": f"{wanted['@dbos-inc/dbos-sdk']}, PostgreSQL {postgres_version()}"},
        "temporal": {"name": "Temporal", "version": f"development server of CLI {TEMPORAL_VERSION} on SQLite, SDK {wanted['@temporalio/worker']}"},
        "asl": {"name": "aws-local-stepfunctions", "version": wanted["aws-local-stepfunctions"]},
        "jsonata": {"name": "jsonata, Node.js", "version": wanted["jsonata"]},
    }


def postgres_version():
    done = subprocess.run([postgres_programs() / "postgres", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[2]


def fresh(name):
    """An empty folder below build/bench."""
    folder = kit.HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def wait_for(condition, what):
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    raise RuntimeError(f"{what} did not start within {START_S} s")


def listens(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def node(program, *arguments):
    """The JSON lines that a program in Node.js prints."""
    command = ["node", str(HOME / program), *arguments]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Restate:
    """A server that syncs its log, as it does unless told otherwise, and the Node process with the handler."""

    def __init__(self, steps):
        self.steps = steps
        self.processes = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        data = fresh("restate")
        self.ingress, self.admin, node_port, handler = (kit.free_port() for _ in range(4))
        environment = {
            **os.environ,
            "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{self.ingress}",
            "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{self.admin}",
            "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node_port}",
            "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node_port}",
            "RESTATE_LOGGING": "ERROR",
            "DO_NOT_TRACK": "1",
        }
        server = [HOME / RESTATE, "--base-dir", data, "--node-name", "bench", "--log-filter", "error"]
        with (data / "server.log").open("wb") as log:
            for command in (server, ["node", HOME / "restate.mjs", str(self.steps), str(handler)]):
                self.processes.append(subprocess.Popen(command, cwd=HOME, env=environment, stdout=log, stderr=log))
        wait_for(lambda: listens(self.admin) and listens(self.ingress) and listens(handler), "Restate")
        wait_for(lambda: self._register(handler), "Restate's deployment")

    def _register(self, port):
        body = json.dumps({"uri": f"http://127.0.0.1:{port}"}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/deployments", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status in (200, 201)

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


class Temporal:
    """The development server with its store in a file; SQLite keeps a log and syncs each commit, which it is told to."""

    def __enter__(self):
        data, self.port = fresh("temporal"), kit.free_port()
        command = [TEMPORAL, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(self.port), "--log-level", "error"]
        command += ["--db-filename", data / "temporal.db", "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL"]
        with (data / "server.log").open("wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), cwd=data, stdout=log, stderr=log)
        try:
            wait_for(lambda: listens(self.port), "Temporal")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Postgres:
    """A cluster of its own with PostgreSQL's own settings, which sync each commit. It refuses to run as root."""

    def __enter__(self):
        self.folder = fresh("postgres")
        self.port = kit.free_port()
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.options = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        shutil.chown(self.folder, self.user)
        programs, data = postgres_programs(), self.folder / "data"
        run_quietly([programs / "initdb", "-D", data, "-U", "bench", "-A", "trust", "--no-instructions"], cwd=self.folder, **self.options)
        log = (self.folder / "server.log").open("wb")
        command = [programs / "postgres", "-D", data, "-p", str(self.port), "-k", self.folder, "-c", "listen_addresses=127.0.0.1"]
        self.process = subprocess.Popen(list(map(str, command)), cwd=self.folder, stdout=log, stderr=log, **self.options)
        log.close()
        wait_for(lambda: listens(self.port), "PostgreSQL")
        return self

    def url(self):
        return f"postgresql://bench@127.0.0.1:{self.port}/dbos"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
