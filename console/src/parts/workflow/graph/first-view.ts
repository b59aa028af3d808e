import type { Viewport } from "@xyflow/react";
import type { FlowNode } from "./flow";

/** Below this the names cannot be read: of a graph that is larger, the beginning is shown. */
const kLeastZoom = 0.6;
const kMostZoom = 1.1;
const kMarginPx = 16;

/** How a graph is looked at first: as a whole where that can be read, else from its start. */
export function firstView(nodes: readonly FlowNode[], { width, height }: { width: number; height: number }): Viewport {
  const outer = nodes.filter(({ parentId }) => parentId === undefined);
  const right = Math.max(...outer.map((node) => node.position.x + (node.width ?? 0)));
  const bottom = Math.max(...outer.map((node) => node.position.y + (node.height ?? 0)));
  const whole = Math.min((width - 2 * kMarginPx) / right, (height - 2 * kMarginPx) / bottom);
  const zoom = Math.min(Math.max(whole, kLeastZoom), kMostZoom);
  const start = outer.find(({ type }) => type === "start");
  const startMiddle = start ? start.position.x + (start.width ?? 0) / 2 : right / 2;
  return {
    zoom,
    x: right * zoom <= width ? (width - right * zoom) / 2 : width / 2 - startMiddle * zoom,
    y: bottom * zoom <= height ? (height - bottom * zoom) / 2 : kMarginPx,
  };
}
