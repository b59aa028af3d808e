"""From raw measurements of workflows to rows."""

from kit import median, quantile
from report import row
from workflow import peers
from workflow.measures import LEVELS, LONG_LEVELS, LONG_STEPS, STEPS

NOTE = """\
The steps of Restate, DBOS and Temporal are in Node.js, soma's function answers inside soma: what is compared is the durability
of a step, not the work in it. Restate pays a hop to its handler for each workflow, DBOS a round trip to PostgreSQL for each step,
Temporal two task queues for each step; its server is the development server, on SQLite. DBOS, Temporal's client and
aws-local-stepfunctions are measured inside their own process, soma and Restate through HTTP. aws-local-stepfunctions keeps nothing. A step of soma is one commit: its result, and that the next one was asked for."""

# Kind of the measures, what it is called, its steps or transitions, how many at once.
KINDS = (
    ("tasks", f"durable, {STEPS} tasks", STEPS, LEVELS),
    ("passes", f"durable, {STEPS} Pass states", STEPS, LEVELS),
    ("expressSync", f"Express, waited for, {STEPS} tasks", STEPS, LEVELS),
    ("expressAsync", f"Express, until accepted, {STEPS} tasks", STEPS, LEVELS),
    ("longTasks", f"durable, {LONG_STEPS} tasks", LONG_STEPS, LONG_LEVELS),
    ("longExpress", f"Express, waited for, {LONG_STEPS} tasks", LONG_STEPS, LONG_LEVELS),
)


def of_level(rounds, kind, at_once):
    return [one for made in rounds for one in made.get(kind, []) if one["atOnce"] == at_once]


def per_second(found):
    return median([len(one["ms"]) / one["seconds"] for one in found])


def p50(found):
    return median([median(one["ms"]) for one in found])


def p99(found):
    """Of all samples together: a round has too few."""
    return quantile([value for one in found for value in one["ms"]], 0.99)


FIGURES = (("start to finish, p50", "ms", p50, False), ("start to finish, p99", "ms", p99, False), ("workflows", "/s", per_second, True))


def workflow_rows(rounds):
    rows = []
    for kind, what, steps, at in KINDS:
        for at_once in at:
            of_all = {key: of_level(of_one, kind, at_once) for key, of_one in rounds.items()}
            for figure, unit, compute, higher in FIGURES:
                values = {key: compute(found) for key, found in of_all.items() if found}
                rows.append(row(f"{what}, {at_once} at once: {figure}", unit, values.pop("soma"), higher=higher, **values))
            transitions = {key: per_second(found) * steps for key, found in of_all.items() if found}
            rows.append(row(f"{what}, {at_once} at once: steps", "/s", transitions.pop("soma"), higher=True, **transitions))
    sync = median([median(made["syncUs"]) for made in rounds["soma"]]) / 1000
    rows.append(row("disk: write and fdatasync, p50 in the same rounds", "ms", sync))
    return rows


def open_rows(figures):
    what = f"{figures['open']:,} executions that wait"
    return [
        row(f"{what}: started", "/s", figures["startsPerSecond"], higher=True),
        row(f"{what}: memory of each", "bytes", figures["bytesOfRssEach"]),
        row(f"{what}: disk of each", "bytes", figures["bytesOfDiskEach"]),
        row(f"{what}: SIGKILL, start to first answer", "s", median(figures["recoverySeconds"])),
        row(f"{what}: RSS of the server that found them again", "MiB", figures["rssAfterRecoveryKb"] / 1024),
    ]


def engine_rows(figures):
    return [row(f"engine, one core: {shape}", "transitions/s", value, higher=True) for shape, value in figures.items()]


def jsonata_rows(figures):
    """An aim is ten times the reference implementation."""
    others = figures.get("jsonata", {})
    return [
        row(
            f"JSONata: {what}",
            "/s",
            ours,
            others[what] * 10 if what in others else None,
            higher=True,
            **({"jsonata": others[what]} if what in others else {}),
        )
        for what, ours in figures["soma"].items()
    ]


SECTIONS = (("engine", engine_rows), ("workflows", workflow_rows), ("open", open_rows), ("jsonata", jsonata_rows))


def results(raw, machine, quick):
    rows = [one for key, rows_of in SECTIONS if key in raw for one in rows_of(raw[key])]
    compared = {key for one in rows for key in one["peers"]}
    versions = peers.versions() if compared else {}
    samples = {key: [len(made["tasks"]) and sum(len(one["ms"]) for one in made["tasks"]) for made in rounds] for key, rounds in raw.get("workflows", {}).items()}
    return {
        "quick": quick,
        "machine": machine,
        "peers": {key: peer for key, peer in versions.items() if key in compared},
        "rows": rows,
        "samples": samples,
        "open": raw.get("open"),
    }
