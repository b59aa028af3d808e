"""rank_bm25's Okapi BM25, in this process: a ranking in memory that keeps nothing."""

import json
import re

import numpy
from rank_bm25 import BM25Okapi
from scoring import TOP, read_plan, recall


def words(text):
    return re.findall(r"\w+", text.lower())


def make_search(turns):
    index = BM25Okapi([words(f"{turn['date']} {turn['text']}") for turn in turns])

    def search(question):
        scores = index.get_scores(words(question))
        best = numpy.argsort(-scores, kind="stable")[:TOP]
        return [turns[row]["id"] for row in best]

    return search


def main():
    print(json.dumps({"recall": recall(read_plan(), make_search)}))


if __name__ == "__main__":
    main()
