import { expect, test } from "vitest";
import { parseDefinition } from "../definition";
import { buildGraph } from "./build-graph";
import { type Box, layOut } from "./layout";

const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: "Pass", Next: `${name}2` }, [`${name}2`]: { Type: "Pass", End: true } } });
const definition = {
  StartAt: "A",
  States: {
    A: { Type: "Choice", Choices: [{ Condition: "{% $a %}", Next: "P" }], Default: "A" },
    P: { Type: "Parallel", Branches: [branch("B"), branch("C")], Next: "Z" },
    Z: { Type: "Succeed" },
  },
};
const graph = buildGraph(parseDefinition(JSON.stringify(definition)) ?? { States: {} });
const layout = layOut(graph);
const box = (id: string) => layout.boxes.get(id) as Box;

test("each layer is below the one before", () => {
  const tops = ["start", "/A", "/P", "/Z", "end"].map((id) => box(id).y);
  expect(tops).toEqual(tops.toSorted((a, b) => a - b));
});

test("what is held is inside its holder, and beside what else is held", () => {
  for (const { id, parentId } of graph.nodes) {
    if (parentId === undefined) continue;
    const { x, y, width, height } = box(id);
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(box(parentId).width);
    expect(y + height).toBeLessThanOrEqual(box(parentId).height);
  }
  expect(box("/P#0").x + box("/P#0").width).toBeLessThan(box("/P#1").x);
});

test("an edge inside a branch has its points in the whole picture", () => {
  const edge = graph.edges.find(({ source }) => source === "/P#1/C");
  const [first] = layout.paths.get(edge?.id ?? "")?.points ?? [];
  const left = box("/P").x + box("/P#1").x + box("/P#1/C").x;
  expect(first?.x).toBeGreaterThan(left);
  expect(first?.x).toBeLessThan(left + box("/P#1/C").width);
});

test("a state that leads to itself has a way, and a label has its place", () => {
  const loop = graph.edges.find(({ source, target }) => source === "/A" && target === "/A");
  const path = layout.paths.get(loop?.id ?? "");
  expect(path?.points.length).toBeGreaterThan(2);
  expect(path?.label).toBeDefined();
});
