"""From raw measurements of memories to rows."""

from kit import median, quantile
from memory import peers
from memory.measures import STRATEGIES
from report import row

NOTE = """\
The peers are libraries inside their own measuring process, in Python; soma is asked through HTTP, and the asking program's part is in its
figures. A write of FTS5 is on disk when it returns, as soma's; mem0 keeps its history with SQLite's defaults and its vectors with Qdrant's
local mode, and what a model would take for its embeddings is not in its time; rank_bm25 keeps nothing. soma also keeps what was said, consolidates it
and ranks within a namespace. mem0's quality depends on the model that embeds, so none is told."""

FIGURES = (("p50", 0.5), ("p99", 0.99))


def p(values, share):
    return median(values) if share == 0.5 else quantile(values, share)


def per_second(levels):
    return median([len(one["ms"]) / one["seconds"] for one in levels])


def event_rows(rounds, others):
    rows = []
    for kind, what in (("kept", "event"), ("consolidated", "event, all strategies at work")):
        for index, at_once in enumerate(one["atOnce"] for one in rounds[0][kind]):
            levels = [made[kind][index] for made in rounds]
            theirs = {key: one["writes"] for key, one in others.items() if at_once == 1 and kind == "kept" and "writes" in one}
            clients = f"{at_once} client" + ("s" if at_once > 1 else "")
            rates = {key: per_second(one) for key, one in theirs.items()}
            rows.append(row(f"{what}, {clients}: acknowledged", "/s", per_second(levels), higher=True, **rates))
            for name, share in FIGURES:
                values = {key: p([ms for made in one for ms in made["ms"]], share) for key, one in theirs.items()}
                own = [ms for made in levels for ms in made["ms"]]
                rows.append(row(f"{what}, {clients}: acknowledged, {name}", "ms", p(own, share), **values))
    rows.append(row("disk: write and fdatasync, p50 in the same rounds", "ms", median([median(one["syncUs"]) for one in rounds]) / 1000))
    return rows


def consolidation_rows(samples, _):
    rows = []
    for name, share in FIGURES:
        for strategy in STRATEGIES:
            rows.append(row(f"acknowledged event to its {strategy}, {name}", "ms", p([one[strategy] for one in samples], share)))
        rows.append(row(f"acknowledged event to all of them, {name}", "ms", p([max(one.values()) for one in samples], share)))
    return rows


def retrieve_rows(sizes, others):
    rows = []
    for own in sizes:
        count = own["records"]
        theirs = {key: found for key, one in others.items() for found in one.get("retrieve", []) if found["records"] == count}
        for name, share in FIGURES:
            values = {key: p(one["ms"], share) for key, one in theirs.items()}
            rows.append(row(f"{count:,} records: found, {name}", "ms", p(own["ms"], share), **values))
        rows.append(row(f"{count:,} records: the first question", "ms", own["firstMs"]))
        for name, key, factor in (("disk of each", "bytesOfDisk", 1), ("memory of each", "rssKb", 1024)):
            values = {peer: one[key] * factor / count for peer, one in theirs.items()}
            rows.append(row(f"{count:,} records: {name}", "bytes", own[key] * factor / count, **values))
        rows.append(row(f"{count:,} records: RSS of the server", "MiB", own["wholeRssKb"] / 1024))
    return rows


def recall_rows(own, others):
    if own is None:
        return []
    theirs = {key: one["recall"] for key, one in others.items() if one.get("recall")}
    rows = []
    for depth in ("r5", "r10"):
        values = {key: one[depth] for key, one in theirs.items()}
        rows.append(row(f"LoCoMo, recall R@{depth[1:]}", "%", own[depth], higher=True, **values))
    for name, share in FIGURES:
        values = {key: p(one["ms"], share) for key, one in theirs.items()}
        rows.append(row(f"{own['turns']:,} turns of LoCoMo: recalled, {name}", "ms", p(own["ms"], share), **values))
    return rows


SECTIONS = {"events": event_rows, "consolidation": consolidation_rows, "retrieve": retrieve_rows, "recall": recall_rows}


def sample_counts(raw):
    counts = {key: len(raw[key]) for key in ("consolidation",) if key in raw}
    if "events" in raw:
        counts["events"] = {kind: [sum(len(one[kind][at]["ms"]) for one in raw["events"]) for at in (0, 1)] for kind in ("kept", "consolidated")}
    return counts


def results(raw, machine, quick):
    others = raw.get("peers", {})
    rows = [one for key, rows_of in SECTIONS.items() if key in raw for one in rows_of(raw[key], others)]
    compared = {key for one in rows for key in one["peers"]}
    named = {key: peer for key, peer in peers.versions().items() if key in compared}
    return {"quick": quick, "machine": machine, "peers": named, "rows": rows, "samples": sample_counts(raw)}
