"""SQLite's FTS5 by itself, in this process: what a full-text index costs that keeps each write. The same file settings as soma's store."""

import json
import pathlib
import re
import sqlite3
import sys

from scoring import TOP, milliseconds, read_plan, recall, rss_kb, timed_writes


def open_index(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE VIRTUAL TABLE record USING fts5(text, tokenize='porter unicode61')")
    return database


def search(database, question):
    words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
    if not words:
        return []
    return database.execute("SELECT rowid, text FROM record WHERE record MATCH ? ORDER BY rank LIMIT ?", (words, TOP)).fetchall()


def filled(path, texts):
    database = open_index(path)
    database.execute("BEGIN")
    database.executemany("INSERT INTO record(text) VALUES (?)", ((text,) for text in texts))
    database.execute("COMMIT")
    return database


def retrieval(folder, texts, questions):
    path = folder / f"{len(texts)}.db"
    before = rss_kb()
    database = filled(path, texts)
    times = milliseconds(lambda question: search(database, question), questions)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"records": len(texts), "ms": times, "bytesOfDisk": path.stat().st_size, "rssKb": rss_kb() - before}


def make_search(turns):
    database = filled(":memory:", [f"{turn['date']} {turn['text']}" for turn in turns])
    return lambda question: [turns[row - 1]["id"] for row, _ in search(database, question)]


def main():
    plan, folder = read_plan(), pathlib.Path(sys.argv[2])
    database = open_index(folder / "writes.db")
    writes = timed_writes(lambda text: database.execute("INSERT INTO record(text) VALUES (?)", (text,)), plan["texts"][: plan["writes"]])
    sizes = [retrieval(folder, plan["texts"][: one["records"]], one["questions"]) for one in plan["sizes"]]
    print(json.dumps({"writes": [writes], "retrieve": sizes, "recall": recall(plan, make_search)}))


if __name__ == "__main__":
    main()
