"""mem0 in this process, without a model: add(infer=False) keeps the text itself, Qdrant's local mode keeps the vectors.

Its embedder is one that hashes words into a vector. That says nothing of how well mem0 finds with a model's embeddings, so only its time and
room are told; and that time is without the model's.
"""

import json
import os
import pathlib
import sys
import zlib

FOLDER = pathlib.Path(sys.argv[2])
os.environ.update({"MEM0_DIR": str(FOLDER / "home"), "MEM0_TELEMETRY": "false", "OPENAI_API_KEY": "none"})

from mem0 import Memory  # noqa: E402  (reads the environment when it is imported)
from mem0.embeddings.base import EmbeddingBase  # noqa: E402
from mem0.utils.factory import EmbedderFactory  # noqa: E402
from scoring import TOP, milliseconds, read_plan, rss_kb, timed_writes  # noqa: E402

DIMENSIONS = 256
USER = {"user_id": "all"}


class HashedWords(EmbeddingBase):
    def embed(self, text, memory_action=None):
        vector = [0.0] * DIMENSIONS
        for word in text.lower().split():
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
        length = sum(value * value for value in vector) ** 0.5 or 1.0
        return [value / length for value in vector]


def open_memory(name):
    folder = FOLDER / name
    store = {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": DIMENSIONS, "collection_name": name}
    settings = {"vector_store": {"provider": "qdrant", "config": store}, "history_db_path": str(folder / "history.db")}
    folder.mkdir()
    return Memory.from_config(settings), folder


def add(memory, text):
    memory.add([{"role": "user", "content": text}], infer=False, **USER)


def retrieval(texts, questions):
    before = rss_kb()
    memory, folder = open_memory(f"records{len(texts)}")
    for text in texts:
        add(memory, text)
    times = milliseconds(lambda question: memory.search(question, top_k=TOP, filters=USER), questions)
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"records": len(texts), "ms": times, "bytesOfDisk": disk, "rssKb": rss_kb() - before}


def main():
    EmbedderFactory.create = classmethod(lambda *_: HashedWords())
    plan = read_plan()
    memory, _ = open_memory("writes")
    writes = timed_writes(lambda text: add(memory, text), plan["texts"][: plan["writes"]])
    sizes = [one for one in plan["sizes"] if one["records"] <= plan["mem0Records"]]
    retrieved = [retrieval(plan["texts"][: one["records"]], one["questions"]) for one in sizes]
    print(json.dumps({"writes": [writes], "retrieve": retrieved}))


if __name__ == "__main__":
    main()
