"""From raw measurements to rows: what, soma, aim, each peer. Also the table that a terminal shows."""

from kit import median, quantile
from peers import PEERS, PROXY, pinned_versions


def row(what, unit, soma, aim=None, higher=False, **peers):
    """One figure. `higher`: more is better. `met` is absent when there is no aim."""
    made = {"what": what, "unit": unit, "soma": soma, "higherIsBetter": higher, "peers": peers}
    if aim is not None:
        made["aim"] = aim
        made["met"] = soma >= aim if higher else soma <= aim
    return made


def of_rounds(rounds, key, share):
    """p50: the median of the rounds' medians. The tail: of all samples together, for a round has too few."""
    if share == 0.5:
        return median([median(one[key]) for one in rounds]) / 1000
    return quantile([value for one in rounds for value in one[key]], share) / 1000


# Milliseconds that a chunk may take through soma, by streams at once.
CHUNK_AIMS = {200: {"p50Ms": 0.3, "p99Ms": 2.0}}

PEERS_DO_LESS = """\
The peers are libraries inside the measuring process and keep nothing durable; soma is measured by a client
through HTTP, and each of its turns is on disk. RSS of a peer is its whole process. Where chunks go to a client
all are servers, each peer one process; soma's chunk is on disk before its client sees it."""

# What, where its samples are, and the aims in milliseconds.
TURN_FIGURES = (
    ("turn of a tool loop", "turnUs", {0.5: 1.0, 0.99: 5.0}),
    ("one-turn invocation", "invocationUs", {}),
)


def turn_rows(turns):
    peers = {key: rounds for key, rounds in turns.items() if key != "soma"}
    rows = []
    for what, key, aims in TURN_FIGURES:
        for share, name in ((0.5, "p50"), (0.99, "p99")):
            others = {peer: of_rounds(rounds, key, share) for peer, rounds in peers.items()}
            value = of_rounds(turns["soma"], key, share)
            rows.append(row(f"{what}, {name}", "ms", value, aims.get(share), **others))
    sync = of_rounds(turns["soma"], "syncUs", 0.5)
    rows.append(row("disk: write and fdatasync, p50 in the same rounds", "ms", sync))
    return rows


def memory_rows(memory, turns):
    firsts = {key: rounds[0] for key, rounds in turns.items() if key != "soma"}
    idle = {key: first["idleKb"] / 1024 for key, first in firsts.items()}
    session = {key: first["perSessionKb"] for key, first in firsts.items()}
    return [
        row("RSS, idle", "MiB", memory["idleKb"] / 1024, 40, **idle),
        row("RSS per idle session", "KiB", memory["perSessionKb"], 50, **session),
    ]


def stream_rows(streams):
    ramped, burst, count = streams["ramped"], streams["burst"], streams["sessions"]
    return [
        row(f"{count} streams: served whole", "", ramped["served"], count, higher=True),
        row(f"{count} streams: open at once", "", ramped["atOnce"], higher=True),
        row(f"{count} streams: added latency, p50", "ms", ramped["lateP50Ms"]),
        row(f"{count} streams: added latency, p99", "ms", ramped["lateP99Ms"], 50),
        row(f"{count} in one instant: served whole", "", burst["served"], count, higher=True),
        row(f"{count} in one instant: first delta, p50", "ms", burst["firstP50Ms"]),
        row(f"{count} in one instant: first delta, p99", "ms", burst["firstP99Ms"]),
    ]


def chunk_rows(chunks):
    rows = []
    for streams, of_targets in chunks["levels"].items():
        aims = CHUNK_AIMS.get(streams, {})
        what = f"chunk to client, {streams} stream" + ("s" if streams > 1 else "")
        figures = [("p50Ms", "p50", "ms"), ("p99Ms", "p99", "ms"), ("cpuUsPerChunk", "processor time", "us")]
        for key, name, unit in figures:
            others = {peer: figures[key] for peer, figures in of_targets.items() if peer != "soma"}
            rows.append(row(f"{what}, {name}", unit, of_targets["soma"][key], aims.get(key), **others))
    sync = median([median(times) for times in chunks["syncUs"]]) / 1000
    rows.append(row("disk: write and fdatasync, p50 between those rounds", "ms", sync))
    return rows


def growth_rows(growth):
    samples = growth["samples"]
    turns, half = samples[-1]["turns"], samples[len(samples) // 2]
    what = f"session of {turns} turns (truncation {growth['truncation']})"
    late = (growth["after"]["rssKb"] - half["rssKb"]) / (turns - half["turns"])
    return [
        row(f"{what}: largest RSS", "MiB", max(one["rssKb"] for one in samples) / 1024),
        row(f"{what}: RSS per turn, second half", "KiB", late),
    ]


def journal_rows(lines):
    rows = []
    for line in lines:
        name = line["what"] if line["concurrent"] == 1 else f"{line['what']}, {line['concurrent']} at once"
        rows.append(row(name, "/s", line["perSecond"], higher=True))
    return rows


def start_rows(raw):
    return [
        row("new session to shell output, p50", "ms", median(raw["execMs"]), 15),
        row("new session to shell output, p99", "ms", quantile(raw["execMs"], 0.99)),
        row("start to first answer, p50", "ms", median(raw["startMs"]), 100),
    ]


# Which rows come of which measurements, in the order of the table.
SECTIONS = (
    (("turns",), lambda raw: turn_rows(raw["turns"])),
    (("execMs", "startMs"), start_rows),
    (("memory", "turns"), lambda raw: memory_rows(raw["memory"], raw["turns"])),
    (("growth",), lambda raw: growth_rows(raw["growth"])),
    (("chunks",), lambda raw: chunk_rows(raw["chunks"])),
    (("streams",), lambda raw: stream_rows(raw["streams"])),
    (("journal",), lambda raw: journal_rows(raw["journal"])),
)


def sample_counts(raw):
    counts = {
        key: {"rounds": len(rounds), "turns": sum(len(one["turnUs"]) for one in rounds)}
        for key, rounds in raw.get("turns", {}).items()
    }
    for key, name in (("execMs", "execs"), ("startMs", "starts")):
        if key in raw:
            counts[name] = len(raw[key])
    return counts


def peers_of(rows):
    versions = pinned_versions()
    compared = {key for one in rows for key in one["peers"]}
    everybody = {**PEERS, "proxy": PROXY}
    return {
        key: {"name": peer["name"], "version": versions[key]}
        for key, peer in everybody.items()
        if key in compared
    }


def results(raw, machine, quick):
    """Of a whole run, or of those measurements that were asked for."""
    rows = [
        one for needs, rows_of in SECTIONS if all(key in raw for key in needs) for one in rows_of(raw)
    ]
    made = {
        "quick": quick,
        "machine": machine,
        "peers": peers_of(rows),
        "rows": rows,
        "samples": sample_counts(raw),
    }
    for key in ("streams", "memory", "growth"):
        if key in raw:
            made[key] = raw[key]
    if "chunks" in raw:
        made["chunks"] = raw["chunks"]["levels"]
    return made


def machine_line(where):
    return (
        f"{where['cores']} cores, {where['cpu']}, {where['memoryGiB']} GiB, "
        f"Linux {where['kernel']}, {where['fileSystem']}; load {where['loadBefore']:.1f} to {where['loadAfter']:.1f}"
    )


def number(value):
    if value is None:
        return ""
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def with_ratio(made, peer):
    """A peer's figure, and how many times soma's it is."""
    value = made["peers"].get(peer)
    if value is None:
        return ""
    return f"{number(value)} ({value / made['soma']:.1f}x)" if made["soma"] > 0 else number(value)


def aim_of(made):
    if "aim" not in made:
        return ""
    sign = ">=" if made["higherIsBetter"] else "<="
    return f"{sign} {number(made['aim'])} {'met' if made['met'] else 'MISSED'}"


def table(made, note=PEERS_DO_LESS):
    """Plain text: one line a row. A peer's ratio is its figure divided by soma's. `note`: what to know about the peers."""
    peers = [f"{peer['name']} {peer['version']}" for peer in made["peers"].values()]
    lines = [["", "unit", "soma", "aim"] + peers]
    for one in made["rows"]:
        cells = [one["what"], one["unit"], number(one["soma"]), aim_of(one)]
        lines.append(cells + [with_ratio(one, peer) for peer in made["peers"]])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    text.append(f"\n{machine_line(made['machine'])}")
    if made["peers"]:
        text.append(note)
    return "\n".join(text)
