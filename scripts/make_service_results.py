#!/usr/bin/env python3
"""Writes data/service_results/: what the operations of AWS services answer, for mocked results of TestState.

  python3 scripts/make_service_results.py <botocore's data folder>

The source is the services' own API models as botocore carries them; only names, types, required members, lengths,
ranges and enumerations of answers are taken. The format is described in
src/services/workflow/state_tester/result_models.h.
"""
import gzip
import json
import pathlib
import sys

# Folder of the model -> the names that a Resource calls the service by: the SDK's first, then the optimized integration's.
SERVICES = {
    "athena": ["athena"],
    "bedrock-runtime": ["bedrockruntime", "bedrock"],
    "dynamodb": ["dynamodb"],
    "events": ["eventbridge", "events"],
    "kinesis": ["kinesis"],
    "kms": ["kms"],
    "lambda": ["lambda"],
    "s3": ["s3"],
    "scheduler": ["scheduler"],
    "secretsmanager": ["secretsmanager"],
    "sns": ["sns"],
    "sqs": ["sqs"],
    "ssm": ["ssm"],
    "stepfunctions": ["sfn", "states"],
    "sts": ["sts"],
}
NUMBERS = {"integer", "long", "float", "double", "bigdecimal", "biginteger", "short", "byte"}
TEXTS = {"string", "blob", "timestamp", "character"}


def bounded(letter, shape):
    if "min" not in shape and "max" not in shape:
        return letter
    return f"{letter}{shape.get('min', '')}..{shape.get('max', '')}"


def type_of(shapes, name):
    shape = shapes[name]
    kind = shape["type"]
    if shape.get("document"):
        return "x"
    if kind == "structure":
        return "." + name
    if kind == "list":
        return "[" + type_of(shapes, shape["member"]["shape"])
    if kind == "map":
        return "{" + type_of(shapes, shape["value"]["shape"])
    if "enum" in shape:
        return "e" + "|".join(shape["enum"])
    if kind in NUMBERS:
        return bounded("n", shape)
    if kind in TEXTS:
        return bounded("s", shape)
    if kind == "boolean":
        return "b"
    raise ValueError(f"{name}: unknown type {kind}")


def inner_structures(text):
    while text[:1] in "[{" and text:
        text = text[1:]
    return [text[1:]] if text.startswith(".") else []


def spelled(member):
    return member[0].upper() + member[1:]


def result_model(model):
    shapes, operations, structures = model["shapes"], {}, {}
    waiting = []
    for name, operation in sorted(model["operations"].items()):
        if "output" in operation and shapes[operation["output"]["shape"]].get("members"):
            operations[name[0].lower() + name[1:]] = operation["output"]["shape"]
            waiting.append(operation["output"]["shape"])
    while waiting:
        name = waiting.pop()
        if name in structures:
            continue
        shape = shapes[name]
        members = {}
        for member, reference in shape.get("members", {}).items():
            text = type_of(shapes, reference["shape"])
            required = member in shape.get("required", [])
            members[spelled(member) + ("!" if required else "")] = text
            waiting.extend(inner_structures(text))
        structures[name] = members
    return operations, structures


def main():
    folder, into = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent.parent / "data/service_results"
    for name, names in SERVICES.items():
        latest = sorted((folder / name).glob("*/service-2.json.gz"))[-1]
        operations, structures = result_model(json.load(gzip.open(latest)))
        lines = ",\n".join(
            f"  {json.dumps(key)}:{json.dumps(members, separators=(',', ':'))}" for key, members in sorted(structures.items())
        )
        (into / f"{name}.json").write_text(
            f'{{"names":{json.dumps(names)},\n "operations":{json.dumps(operations, separators=(",", ":"))},\n'
            f' "structures":{{\n{lines}}}}}\n'
        )


main()
