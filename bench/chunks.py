"""Streaming latency: from a model's chunk to the client's event, for soma and its peers on the same model."""

import peers
from kit import Server, cpu_seconds, free_port, load, median, quantile, say, whole
from measures import disk_syncs

CHUNKS = 40
CHUNK_WAIT_US = 50_000
# Streams at once, and how often each is asked: one stream alone gives too few chunks.
LEVELS = ((1, 2), (50, 1), (200, 1))
# So much goes before: interpreters compile, and the journal's log reaches the size at which it is written in place.
WARM = {"streams": 50, "requests": 3}


def run_level(target, provider_port, streams, requests):
    """Every chunk's way through one target, in microseconds, and the processor time that it took there."""
    busy = cpu_seconds(target["pid"])
    exchanges = load(
        target["port"],
        target["path"],
        prefix=f"chunks-{provider_port}-{target['loads']}",
        sessions=streams,
        at_once=streams,
        requests=requests,
        provider_port=provider_port,
        chunks=CHUNKS,
        chunk_wait_us=CHUNK_WAIT_US,
    )
    target["loads"] += 1
    times = [us for exchange in whole(exchanges) for us in exchange["chunkUs"]]
    expected = streams * requests * CHUNKS
    if len(times) != expected:
        raise RuntimeError(f"{target['name']}: {len(times)} chunks came out of {expected}")
    return times, (cpu_seconds(target["pid"]) - busy) * 1e6 / expected


def chunk_latency(rounds, without_peers):
    """{"levels": {streams: {target: {"us": [[time, …] of each round], "cpuUs": […]}}}, "syncUs": […]}"""
    provider_port = free_port()
    base_url = f"http://127.0.0.1:{provider_port}/v1"
    others = {} if without_peers else {**peers.PEERS, "proxy": peers.PROXY}
    started = []
    levels = {streams: {} for streams, _ in LEVELS}
    syncs = []
    with Server("chunks") as server:
        try:
            targets = {"soma": target_of("soma", server.port, server.process.pid, soma_path(server, base_url))}
            for key, peer in others.items():
                started.append(peers.StreamPeer(peer, base_url))
                targets[key] = target_of(peer["name"], started[-1].port, started[-1].pid, "/")
            for target in targets.values():
                run_level(target, provider_port, **WARM)
            for number in range(rounds):
                say(f"streaming latency, round {number + 1} of {rounds}")
                for streams, requests in LEVELS:
                    for key, target in targets.items():
                        times, cpu = run_level(target, provider_port, streams, requests)
                        figures = levels[streams].setdefault(key, {"us": [], "cpuUs": []})
                        figures["us"].append(times)
                        figures["cpuUs"].append(cpu)
                syncs.append(disk_syncs())
        finally:
            for peer in started:
                peer.stop()
    return {"levels": {streams: summaries(of) for streams, of in levels.items()}, "syncUs": syncs}


def target_of(name, port, pid, path):
    return {"name": name, "port": port, "pid": pid, "path": path, "loads": 0}


def soma_path(server, base_url):
    server.create_harness(
        {"harnessName": "chunks", "model": {"provider": "openai", "modelId": "clock", "apiBase": base_url}}
    )
    return "/harnesses/invoke?harnessArn=chunks"


def summaries(of_targets):
    """p50: the median of the rounds' medians; p99: the median of the rounds' p99s, and the worst of them."""
    made = {}
    for key, figures in of_targets.items():
        tails = [quantile(times, 0.99) / 1000 for times in figures["us"]]
        made[key] = {
            "p50Ms": median([median(times) for times in figures["us"]]) / 1000,
            "p99Ms": median(tails),
            "worstP99Ms": max(tails),
            "maxMs": max(max(times) for times in figures["us"]) / 1000,
            "cpuUsPerChunk": median(figures["cpuUs"]),
            "chunks": sum(len(times) for times in figures["us"]),
        }
    return made
