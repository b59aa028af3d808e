import { expect, test } from "vitest";
import { firstView } from "./first-view";
import type { FlowNode } from "./flow";

const node = (type: string, x: number, y: number, width: number, height: number) =>
  ({ id: type, type, position: { x, y }, width, height, data: {} }) as unknown as FlowNode;
const place = { width: 600, height: 400 };

test("a small graph is in the middle, a little enlarged at most", () => {
  expect(firstView([node("start", 0, 0, 100, 100)], place)).toEqual({ zoom: 1.1, x: 245, y: 145 });
});

test("a graph that still can be read is shown whole", () => {
  const { zoom, x, y } = firstView([node("start", 0, 0, 100, 50), node("state", 0, 50, 100, 450)], place);
  expect(zoom).toBeCloseTo(368 / 500);
  expect([x, y].every((at) => at > 0)).toBe(true);
});

test("of a large graph the start is shown, at the top and in the middle", () => {
  const { zoom, x, y } = firstView([node("start", 2_000, 0, 100, 50), node("state", 0, 50, 4_000, 9_000)], place);
  expect(zoom).toBe(0.6);
  expect(y).toBe(16);
  expect(2_050 * zoom + x).toBeCloseTo(place.width / 2);
});
