// Gives each node of a graph its place and size, and each edge the points that it runs through. Layered from top to bottom; what is
// inside a state is laid out first, and then counts as one box in the layer that holds it.
import dagre from "@dagrejs/dagre";
import type { Graph, GraphEdge, GraphNode } from "./build-graph";

export interface Box {
  /** The upper left corner, from that of the node which holds it. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface EdgePath {
  /** From the picture's corner, whatever holds the edge. */
  points: Point[];
  /** The middle of its label. */
  label?: Point;
}

export interface Layout {
  boxes: Map<string, Box>;
  paths: Map<string, EdgePath>;
}

const kStateSize = { width: 188, height: 48 };
const kEndSize = { width: 56, height: 24 };
const kHeadHeight = 56;
const kBranchHeadHeight = 28;
const kPadding = 16;
const kLabelHeight = 20;
const kLabelCharWidth = 6.6;
/** A label is cut to this many characters; the whole of it stands where it is pointed at. */
export const kMaxLabelChars = 26;

export function layOut(graph: Graph): Layout {
  const layout: Layout = { boxes: new Map(), paths: new Map() };
  arrange(undefined, byParent(graph.nodes), byParent(graph.edges), layout);
  toPicture(graph, layout);
  return layout;
}

type ByParent<T> = Map<string | undefined, T[]>;

function byParent<T extends { parentId?: string }>(all: readonly T[]): ByParent<T> {
  const groups: ByParent<T> = new Map();
  for (const one of all) {
    const group = groups.get(one.parentId);
    if (group) group.push(one);
    else groups.set(one.parentId, [one]);
  }
  return groups;
}

/** Places what a node holds, from that node's own corner; returns the size that it takes. */
function arrange(parent: GraphNode | undefined, nodes: ByParent<GraphNode>, edges: ByParent<GraphEdge>, layout: Layout): Box {
  const inner = nodes.get(parent?.id) ?? [];
  const sizes = new Map(inner.map((node) => [node.id, sizeOf(node, nodes, edges, layout)]));
  const top = parent === undefined ? 0 : parent.kind === "branch" ? kBranchHeadHeight : kHeadHeight;
  const isRow = parent?.kind === "state";
  const size = isRow ? placeInRow(inner, sizes, layout, top) : placeInLayers(inner, edges.get(parent?.id) ?? [], sizes, layout, top);
  return { x: 0, y: 0, width: Math.max(size.width, kStateSize.width), height: size.height };
}

function sizeOf(node: GraphNode, nodes: ByParent<GraphNode>, edges: ByParent<GraphEdge>, layout: Layout): Box {
  if (nodes.has(node.id)) return arrange(node, nodes, edges, layout);
  const isSmall = node.kind === "start" || node.kind === "end";
  return { x: 0, y: 0, ...(isSmall ? kEndSize : kStateSize) };
}

/** The branches of a state, side by side. */
function placeInRow(nodes: readonly GraphNode[], sizes: Map<string, Box>, layout: Layout, top: number): Box {
  let x = kPadding;
  let height = 0;
  for (const { id } of nodes) {
    const size = sizes.get(id) as Box;
    layout.boxes.set(id, { ...size, x, y: top });
    x += size.width + kPadding;
    height = Math.max(height, size.height);
  }
  for (const { id } of nodes) layout.boxes.set(id, { ...(layout.boxes.get(id) as Box), height });
  return { x: 0, y: 0, width: x, height: top + height + kPadding };
}

function placeInLayers(nodes: readonly GraphNode[], edges: readonly GraphEdge[], sizes: Map<string, Box>, layout: Layout, top: number): Box {
  const layers = new dagre.graphlib.Graph({ multigraph: true });
  layers.setGraph({ rankdir: "TB", nodesep: 36, ranksep: 28, edgesep: 16, marginx: kPadding, marginy: kPadding });
  for (const { id } of nodes) layers.setNode(id, { ...(sizes.get(id) as Box) });
  for (const edge of edges) layers.setEdge(edge.source, edge.target, labelSize(edge), edge.id);
  dagre.layout(layers);
  for (const { id } of nodes) {
    const { x, y } = layers.node(id);
    const size = sizes.get(id) as Box;
    layout.boxes.set(id, { ...size, x: x - size.width / 2, y: y - size.height / 2 + top });
  }
  for (const edge of edges) {
    const placed = layers.edge({ v: edge.source, w: edge.target, name: edge.id });
    const points = (placed.points ?? []).map(({ x, y }: Point) => ({ x, y: y + top }));
    const label = edge.label !== undefined && placed.x !== undefined ? { label: { x: placed.x, y: (placed.y ?? 0) + top } } : {};
    layout.paths.set(edge.id, { points, ...label });
  }
  const { width = 0, height = 0 } = layers.graph();
  return { x: 0, y: 0, width, height: height + top };
}

function labelSize({ label }: GraphEdge): { width: number; height: number; labelpos: "c" } {
  const chars = Math.min(label?.length ?? 0, kMaxLabelChars);
  return { width: chars === 0 ? 0 : chars * kLabelCharWidth + 12, height: chars === 0 ? 0 : kLabelHeight, labelpos: "c" };
}

/** Edges are drawn over the whole picture: their points become its own. */
function toPicture(graph: Graph, layout: Layout): void {
  const parents = new Map(graph.nodes.map(({ id, parentId }) => [id, parentId]));
  const cornerOf = (id: string | undefined): Point => {
    const box = id === undefined ? undefined : layout.boxes.get(id);
    if (id === undefined || !box) return { x: 0, y: 0 };
    const outer = cornerOf(parents.get(id));
    return { x: outer.x + box.x, y: outer.y + box.y };
  };
  for (const { id, parentId } of graph.edges) {
    const path = layout.paths.get(id);
    if (!path || parentId === undefined) continue;
    const corner = cornerOf(parentId);
    const move = ({ x, y }: Point) => ({ x: x + corner.x, y: y + corner.y });
    layout.paths.set(id, { points: path.points.map(move), ...(path.label ? { label: move(path.label) } : {}) });
  }
}
