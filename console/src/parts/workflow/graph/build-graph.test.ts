import { expect, test } from "vitest";
import { parseDefinition } from "../definition";
import { buildGraph, type Graph } from "./build-graph";

function graphOf(definition: object): Graph {
  const scope = parseDefinition(JSON.stringify(definition));
  if (!scope) throw new Error("no states");
  return buildGraph(scope);
}

const ways = (graph: Graph) => graph.edges.map(({ source, target, kind, label }) => [source, target, kind, ...(label === undefined ? [] : [label])]);

test("a line of states runs from start to end", () => {
  const graph = graphOf({ StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Task", End: true } } });
  expect(graph.nodes.map(({ id, kind }) => [id, kind])).toEqual([
    ["start", "start"],
    ["/A", "state"],
    ["/B", "state"],
    ["end", "end"],
  ]);
  expect(ways(graph)).toEqual([
    ["/A", "/B", "next"],
    ["/B", "end", "next"],
    ["start", "/A", "next"],
  ]);
});

test("Succeed and Fail lead to the end", () => {
  const graph = graphOf({ StartAt: "A", States: { A: { Type: "Succeed" }, B: { Type: "Fail" } } });
  expect(graph.edges.filter(({ target }) => target === "end")).toHaveLength(2);
});

test("a Choice's ways say when they are taken", () => {
  const choice = {
    Type: "Choice",
    Choices: [{ Variable: "$.total", NumericGreaterThan: 100, Next: "B" }],
    Default: "C",
  };
  const graph = graphOf({ StartAt: "A", States: { A: choice, B: { Type: "Succeed" }, C: { Type: "Succeed" } } });
  expect(ways(graph).slice(0, 2)).toEqual([
    ["/A", "/B", "choice", "$.total > 100"],
    ["/A", "/C", "default", "otherwise"],
  ]);
});

test("rules that lead to one state are one way", () => {
  const rule = (value: string) => ({ Variable: "$.k", StringEquals: value, Next: "B" });
  const graph = graphOf({ StartAt: "A", States: { A: { Type: "Choice", Choices: [rule("x"), rule("y")] }, B: { Type: "Succeed" } } });
  expect(ways(graph)[0]).toEqual(["/A", "/B", "choice", '$.k = "x" or $.k = "y"']);
});

test("a Catch names its errors, and is a way beside the next state's", () => {
  const task = { Type: "Task", Next: "B", Catch: [{ ErrorEquals: ["States.Timeout", "Own"], Next: "B" }, { ErrorEquals: ["States.ALL"], Next: "C" }] };
  const graph = graphOf({ StartAt: "A", States: { A: task, B: { Type: "Succeed" }, C: { Type: "Fail" } } });
  expect(ways(graph).slice(0, 3)).toEqual([
    ["/A", "/B", "next"],
    ["/A", "/B", "catch", "Timeout, Own"],
    ["/A", "/C", "catch", "any error"],
  ]);
  expect(new Set(graph.edges.map(({ id }) => id)).size).toBe(graph.edges.length);
});

test("branches and processors hold their states", () => {
  const inner = (name: string, more: object = {}) => ({ StartAt: name, States: { [name]: { Type: "Pass", End: true } }, ...more });
  const graph = graphOf({
    StartAt: "P",
    States: {
      P: { Type: "Parallel", Branches: [inner("A"), inner("B")], Next: "M" },
      M: { Type: "Map", MaxConcurrency: 5, ItemProcessor: inner("C", { ProcessorConfig: { Mode: "DISTRIBUTED" } }), Next: "O" },
      O: { Type: "Map", Iterator: inner("D"), End: true },
    },
  });
  const heldBy = Object.fromEntries(graph.nodes.map(({ id, parentId }) => [id, parentId]));
  expect(heldBy["/P#1"]).toBe("/P");
  expect(heldBy["/P#1/B"]).toBe("/P#1");
  expect(heldBy["/O#0/D"]).toBe("/O#0");
  expect(graph.nodes.find(({ id }) => id === "/M#0")).toMatchObject({ title: "Each item", note: "executions of their own, 5 at a time" });
  // A branch's last state leads nowhere.
  expect(graph.edges.map(({ target }) => target)).toEqual(["/M", "/O", "end", "/P"]);
});

test("what is half written is drawn as far as it goes", () => {
  const graph = graphOf({ StartAt: "Nowhere", States: { A: { Type: "Pass", Next: "Missing" }, B: 3, C: {} } });
  expect(graph.nodes.map(({ title }) => title)).toEqual(["Start", "A", "C", "End"]);
  expect(graph.edges).toEqual([]);
});

test("what is no definition has no graph", () => {
  expect(parseDefinition("{")).toBeUndefined();
  expect(parseDefinition("[]")).toBeUndefined();
  expect(parseDefinition('{"States": []}')).toBeUndefined();
});
