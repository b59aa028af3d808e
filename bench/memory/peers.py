"""The peers of the memory measures: installed below build/ when they are missing, each one Python process with the same plan.

mem0 with a local store and no model, SQLite's FTS5 by itself, and the ranking of rank_bm25.
"""

import json
import shutil
import sqlite3
import subprocess
import sys

import kit
from peers import run_quietly, up_to_date

HOME = kit.BUILD / "bench-peers/memory"
SOURCES = kit.ROOT / "bench/peers/memory"
PROGRAMS = {"mem0": "mem0_bench.py", "fts5": "fts5_bench.py", "bm25": "bm25_bench.py"}


def install():
    wanted, installed = SOURCES / "requirements.txt", HOME / "installed.txt"
    if up_to_date(wanted, installed):
        return
    kit.say("installing mem0 and rank_bm25 into build/bench-peers/memory")
    run_quietly([sys.executable, "-m", "venv", HOME])
    run_quietly([HOME / "bin/pip", "install", "--quiet", "-r", wanted])
    shutil.copy(wanted, installed)


def versions():
    pinned = dict(line.split("==") for line in (SOURCES / "requirements.txt").read_text().split())
    return {
        "mem0": {"name": "mem0", "version": f"{pinned['mem0ai']}, no model, hashed words, local Qdrant"},
        "fts5": {"name": "SQLite FTS5", "version": sqlite3.sqlite_version},
        "bm25": {"name": "rank_bm25", "version": pinned["rank-bm25"]},
    }


def run(key, plan):
    """What its program prints."""
    folder = kit.HOME / f"memory-{key}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [HOME / "bin/python", SOURCES / PROGRAMS[key], plan, folder]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{key} failed:\n{done.stderr[-2000:]}")
    shutil.rmtree(folder)
    return json.loads(done.stdout.splitlines()[-1])
