import { EdgeLabelRenderer, type EdgeProps, type EdgeTypes } from "@xyflow/react";
import { classes } from "@/parts/ui/classes";
import { oneLine } from "@/parts/ui/format";
import type { FlowEdge } from "./flow";
import styles from "./graph.module.css";
import { kMaxLabelChars, type Point } from "./layout";

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

/** A line through the points whose corners are rounded: from the middle of one stretch to that of the next. */
export function curveThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return "";
  let path = `M${first.x},${first.y}`;
  rest.forEach((corner, index) => {
    const next = rest[index + 1] ?? last;
    const end = index === rest.length - 1 ? last : { x: (corner.x + next.x) / 2, y: (corner.y + next.y) / 2 };
    path += ` Q${corner.x},${corner.y} ${end.x},${end.y}`;
  });
  return rest.length === 0 ? `${path} L${last.x},${last.y}` : path;
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
