import type { Edge, Node } from "@xyflow/react";
import type { Graph, GraphEdge, GraphNode } from "./build-graph";
import { type EdgePath, layOut } from "./layout";

export type FlowNode = Node<{ node: GraphNode; isHolder: boolean }>;
export type FlowEdge = Edge<{ edge: GraphEdge; path: EdgePath }>;

export interface Flow {
  nodes: FlowNode[];
  edges: FlowEdge[];
  /** The ids of the states, in the order in which the keys go through them. */
  order: string[];
}

/** A graph as React Flow draws it: holders before what they hold, edges over the boxes that they run in. */
export function toFlow(graph: Graph): Flow {
  const { boxes, paths } = layOut(graph);
  const holders = new Set(graph.nodes.map(({ parentId }) => parentId));
  const depths = new Map<string | undefined, number>([[undefined, 0]]);
  for (const { id, parentId } of graph.nodes) depths.set(id, (depths.get(parentId) ?? 0) + 1);
  const nodes = graph.nodes.map((node): FlowNode => {
    const { x, y, width, height } = boxes.get(node.id) ?? { x: 0, y: 0, width: 0, height: 0 };
    return {
      id: node.id,
      type: node.kind,
      position: { x, y },
      width,
      height,
      zIndex: depths.get(node.id) ?? 0,
      data: { node, isHolder: holders.has(node.id) },
      ...(node.parentId === undefined ? {} : { parentId: node.parentId }),
    };
  });
  const edges = graph.edges.map((edge): FlowEdge => ({
    id: edge.id,
    source: edge.source,
    target: edge.target,
    type: "way",
    zIndex: depths.get(edge.parentId) ?? 0,
    data: { edge, path: paths.get(edge.id) ?? { points: [] } },
  }));
  const order = graph.nodes.filter(({ kind }) => kind === "state").map(({ id }) => id);
  return { nodes, edges, order };
}
