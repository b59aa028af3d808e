import { EdgeLabelRenderer, type EdgeProps, type EdgeTypes } from "@xyflow/react";
import { classes } from "@/parts/ui/classes";
import { oneLine } from "@/parts/ui/format";
import type { FlowEdge } from "./flow";
import styles from "./graph.module.css";
import { kMaxLabelChars, type Point } from "./layout";

const kCornerRadius = 24;
const kArrow = { length: 7, width: 4 };

function WayEdge({ data }: EdgeProps<FlowEdge>) {
  if (!data) return null;
  const { edge, path } = data;
  return (
    <>
      <path className={classes(styles.way, styles[edge.kind])} d={curveThrough(path.points)} />
      <path className={classes(styles.arrow, styles[edge.kind])} d={arrowAt(path.points)} />
      {edge.label !== undefined && path.label && (
        <EdgeLabelRenderer>
          <span
            className={classes(styles.label, styles[edge.kind])}
            style={{ transform: `translate(-50%, -50%) translate(${path.label.x}px, ${path.label.y}px)` }}
            title={edge.label}
          >
            {oneLine(edge.label, kMaxLabelChars)}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** A line through the points with rounded corners. A label's place is a corner, so the rounding is small: the line stays by it. */
export function curveThrough(points: readonly Point[]): string {
  const [first] = points;
  if (!first) return "";
  let path = `M${first.x},${first.y}`;
  points.slice(1).forEach((corner, index) => {
    const next = points[index + 2];
    if (!next) return (path += ` L${corner.x},${corner.y}`);
    const before = towards(corner, points[index] ?? corner);
    const after = towards(corner, next);
    return (path += ` L${before.x},${before.y} Q${corner.x},${corner.y} ${after.x},${after.y}`);
  });
  return path;
}

/** So far from a corner on the way to the next point that its rounding begins there. */
function towards(corner: Point, point: Point): Point {
  const length = Math.hypot(point.x - corner.x, point.y - corner.y) || 1;
  const share = Math.min(kCornerRadius, length / 2) / length;
  return { x: corner.x + (point.x - corner.x) * share, y: corner.y + (point.y - corner.y) * share };
}

/** A tip where the last stretch ends. */
function arrowAt(points: readonly Point[]): string {
  const [before, tip] = points.slice(-2);
  if (!before || !tip) return "";
  const whole = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const along = { x: ((tip.x - before.x) / whole) * kArrow.length, y: ((tip.y - before.y) / whole) * kArrow.length };
  const across = { x: (-along.y / kArrow.length) * kArrow.width, y: (along.x / kArrow.length) * kArrow.width };
  const back = { x: tip.x - along.x, y: tip.y - along.y };
  return `M${tip.x},${tip.y} L${back.x + across.x},${back.y + across.y} L${back.x - across.x},${back.y - across.y} Z`;
}

export const edgeTypes: EdgeTypes = { way: WayEdge };
