"""docs/openapi.yaml, read for tests: its operations, and whether a value is what it says."""

import http.client
import json
import re

import openapi_schema_validator
import yaml

from somas import ROOT, SomaTest

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


class OpenApiCase(SomaTest):
    """Calls of a server, held to the document."""

    def call(self, method, path, body=None, headers=None):
        """(status, media type, parsed JSON or text) of one call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.soma.port, timeout=60)
        self.addCleanup(connection.close)
        data = None if body is None else json.dumps(body)
        connection.request(
            method.upper(), path, data, {"content-type": "application/json", **(headers or {})}
        )
        response = connection.getresponse()
        media = (response.getheader("content-type") or "").split(";")[0]
        text = response.read()
        self.assertTrue(response.getheader("x-amzn-requestid"), path)
        return response.status, media, json.loads(text) if "json" in media else text

    def check(self, operation, status, media, body):
        """The status is documented, its media type too, and the body is what the schema says."""
        described = operation["responses"].get(str(status)) or (
            operation["responses"]["default"] if status >= 400 else None
        )
        self.assertIsNotNone(described, f"{status} is not documented: {body}")
        content = resolved(described).get("content")
        if not content:
            self.assertEqual(media, "")
            return
        self.assertIn(media if media in content else "*/*", content, media)
        if "json" in media:
            self.assertEqual(problems(body, content[media]["schema"]), [])
