"""What the memories are filled with: made-up records, and the conversations of LoCoMo where they are."""

import datetime
import json
import os
import pathlib
import random
import re

import kit

WORDS, WORDS_OF_RECORD, WORDS_OF_QUESTION = 20_000, 12, 3
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
DEPTHS = (5, 10)


def vocabulary(chance):
    """Words with the frequencies of a language: the nth is met 1/n as often as the first."""
    words = set()
    while len(words) < WORDS:
        words.add("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))))
    return sorted(words, key=lambda word: chance.random()), [1 / (rank + 1) for rank in range(WORDS)]


def records(count):
    chance = random.Random(1)
    words, weights = vocabulary(chance)
    return [" ".join(chance.choices(words, weights, k=WORDS_OF_RECORD)).capitalize() + "." for _ in range(count)]


def questions(texts, count):
    """Each some words of one of the records."""
    chance = random.Random(2)
    return [" ".join(chance.sample(chance.choice(texts)[:-1].lower().split(), WORDS_OF_QUESTION)) for _ in range(count)]


# ---- LoCoMo: the metric is R@k, the fraction of a question's evidence turns among the best k of its conversation


def locomo_file():
    root = os.environ.get("SOMA_DATA", str(kit.ROOT / "../shared/data"))
    return pathlib.Path(root) / "locomo/locomo10.json"


def seconds_of(text):
    """"1:56 pm on 8 May, 2023": seconds since 1970."""
    moment = datetime.datetime.strptime(text, "%I:%M %p on %d %B, %Y")
    return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())


def turn_ids(text):
    """"D3:05" and "D3:5" are the same turn, and some entries hold several."""
    return [f"D{int(session)}:{int(place)}" for session, place in re.findall(r"D(\d+):(\d+)", text)]


def locomo():
    """[{"turns": [{"id", "session", "at", "date", "text"}], "questions": [{"text", "evidence"}]}], or nothing where it is not."""
    if not locomo_file().exists():
        return []
    conversations = []
    for sample in json.loads(locomo_file().read_text()):
        said, turns = sample["conversation"], []
        for session in sorted((key for key in said if re.fullmatch(r"session_\d+", key)), key=lambda key: int(key[8:])):
            date = said[session + "_date_time"]
            for turn in said[session]:
                caption = f" [image: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
                text = f"{turn['speaker']}: {turn['text']}{caption}"
                turns.append({"id": turn["dia_id"], "session": session, "at": seconds_of(date), "date": date, "text": text})
        known = {turn["id"] for turn in turns}
        questions = []
        for one in sample["qa"]:
            evidence = sorted({each for entry in one["evidence"] for each in turn_ids(entry)} & known)
            if evidence:
                questions.append({"text": one["question"], "evidence": evidence})
        conversations.append({"turns": turns, "questions": questions})
    return conversations


def plan(sizes):
    """What soma and its peers are all given, as a file of JSON; its path."""
    texts = records(max(sizes["records"]))
    of_sizes = [{"records": count, "questions": questions(texts[:count], sizes["questions"])} for count in sizes["records"]]
    made = {"texts": texts, "sizes": of_sizes, "writes": sizes["writes"], "mem0Records": sizes["mem0Records"], "locomo": locomo()}
    path = kit.HOME / "memory-plan.json"
    path.write_text(json.dumps(made))
    return path
