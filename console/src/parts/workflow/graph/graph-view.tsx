import { type Edge, type Node, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "@/parts/ui/button";
import { Icon } from "@/parts/ui/icons";
import type { Scope } from "../definition";
import type { StateMark } from "../state-status";
import { buildGraph } from "./build-graph";
import { edgeTypes } from "./edges";
import { firstView } from "./first-view";
import { type FlowNode, toFlow } from "./flow";
import styles from "./graph.module.css";
import { nodeTypes } from "./nodes";
import { GraphContext } from "./selection";

export interface GraphViewProps {
  scope: Scope;
  label: string;
  /** How the states of an execution stand; without it the graph is a plain drawing. */
  marks?: ReadonlyMap<string, StateMark>;
  /** The name of the state that is looked at. */
  selected?: string | undefined;
  /** Makes the states buttons. */
  onSelect?: (name: string) => void;
}

/** A machine drawn as a graph, that is moved and zoomed, and walked with the arrow keys. */
export default function GraphView(props: GraphViewProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph({ scope, label, marks, selected, onSelect }: GraphViewProps) {
  const { nodes, edges, order } = useMemo(() => toFlow(buildGraph(scope)), [scope]);
  const [stop, setStop] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  useFirstView(box, nodes);
  const context = useMemo(
    () => ({ marks, selected, onSelect, stop: order.find((id) => id === stop) ?? order[0], setStop }),
    [marks, selected, onSelect, stop, order],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const at = order.indexOf(document.activeElement?.getAttribute("data-node") ?? "");
    const targets: Record<string, number> = { ...stepsFrom(at), Home: 0, End: order.length - 1 };
    const next = at < 0 ? undefined : order[targets[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    setStop(next);
    // The browser would scroll what must not be scrolled: the picture is moved instead.
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    void flow.fitView({ nodes: [{ id: next }], minZoom: flow.getZoom(), maxZoom: flow.getZoom() });
  };
  return (
    <div ref={box} className={styles.graph} role="group" aria-label={label} onKeyDown={onKeyDown}>
      <GraphContext value={context}>
        <ReactFlow<Node, Edge>
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          disableKeyboardA11y
          minZoom={0.1}
          maxZoom={2}
          proOptions={{ hideAttribution: true }}
        />
      </GraphContext>
      <div className={styles.controls}>
        <Button look="quiet" isIcon aria-label="Zoom in" title="Zoom in" onClick={() => void flow.zoomIn()}>
          <Icon name="plus" />
        </Button>
        <Button look="quiet" isIcon aria-label="Zoom out" title="Zoom out" onClick={() => void flow.zoomOut()}>
          <Icon name="minus" />
        </Button>
        <Button look="quiet" isIcon aria-label="Show the whole graph" title="Show the whole graph" onClick={() => void flow.fitView()}>
          <Icon name="frame" />
        </Button>
      </div>
    </div>
  );
}

function stepsFrom(at: number): Record<string, number> {
  return { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1 };
}

/** Shows the graph from its beginning: at first, when another one is drawn, and when its place has another size. */
function useFirstView(box: RefObject<HTMLDivElement | null>, nodes: readonly FlowNode[]): void {
  const { setViewport } = useReactFlow();
  const shape = useMemo(() => nodes.map(({ id }) => id).join("\n"), [nodes]);
  const latest = useRef(nodes);
  useEffect(() => {
    latest.current = nodes;
  }, [nodes]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      requestAnimationFrame(() => void setViewport(firstView(latest.current, size)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, setViewport, shape]);
}
