import { lazy, Suspense } from "react";
import { Skeleton } from "@/parts/ui/empty";
import type { GraphViewProps } from "./graph-view";

/** React Flow and the layout are fetched when the first graph is drawn. */
export const importGraph = () => import("./graph-view");

const GraphView = lazy(importGraph);

/** A machine's graph; its place is its parent's size. */
export function WorkflowGraph(props: GraphViewProps) {
  return (
    <Suspense fallback={<Skeleton lines={6} height={32} />}>
      <GraphView {...props} />
    </Suspense>
  );
}
