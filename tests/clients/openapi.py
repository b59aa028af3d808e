"""docs/openapi.yaml, read for tests: its operations, and whether a value is what it says."""

import re

import openapi_schema_validator
import yaml

from somas import ROOT

DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
METHODS = ("get", "post", "patch", "put", "delete")


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(node):
    while "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def errors_of(value, schema):
    """What is wrong with a value, by the document's own schema."""
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = openapi_schema_validator.OAS31Validator(whole)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def schema_of(name):
    return {"$ref": f"#/components/schemas/{name}"}


def journal_bodies():
    """The schema's name for each type of event in a session's journal."""
    description = DOCUMENT["components"]["schemas"]["JournalEvent"]["description"]
    return dict(re.findall(r"`([a-z]+\.[a-z]+)`\s+([A-Z]\w+)", description))


def undocumented(value, schema, at="$"):
    """The members of a value that its schema does not name, as JSON paths."""
    schema = resolved(schema)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [
            path for place, entry in enumerate(value) for path in undocumented(entry, items, f"{at}[{place}]")
        ]
    if not isinstance(value, dict):
        return []
    parts = [schema] + [
        resolved(part) for kind in ("allOf", "anyOf", "oneOf") for part in schema.get(kind, [])
    ]
    known = {name: inside for part in parts for name, inside in part.get("properties", {}).items()}
    # A schema that names nothing is open, and so is one that says so.
    if not known or any("additionalProperties" in part for part in parts):
        return []
    paths = [f"{at}.{name}" for name in value if name not in known]
    for name in value.keys() & known.keys():
        paths += undocumented(value[name], known[name], f"{at}.{name}")
    return paths


def problems(value, schema):
    """What keeps a value from being what the schema describes, no more and no less."""
    return errors_of(value, schema) + [f"{path}: is not documented" for path in undocumented(value, schema)]
