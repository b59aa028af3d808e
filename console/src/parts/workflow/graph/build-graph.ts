// A definition as a graph: a node for each state, for each branch or processor inside one, and for start and end; an edge for each
// way from one to the next. Nothing here knows where things stand (layout.ts) or how they look (graph-view.tsx).
import { isObject, listOf, type Scope, scopesOf, type State } from "../definition";
import { conditionOf } from "./condition";

export type GraphNodeKind = "start" | "end" | "state" | "branch";

export interface GraphNode {
  id: string;
  kind: GraphNodeKind;
  /** The node that holds this one: a Parallel or Map for a branch, a branch for a state in it. */
  parentId?: string;
  /** A state's name; what a branch is. */
  title: string;
  /** A state's type: `Task`, `Choice`, … */
  type?: string;
  /** How often its inside may run: `each item, 10 at a time`. */
  note?: string;
}

export type GraphEdgeKind = "next" | "choice" | "default" | "catch";

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  /** The branch that both ends are in; nothing for the machine itself. */
  parentId?: string;
  kind: GraphEdgeKind;
  label?: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

const kStart = "start";
const kEnd = "end";

/** The graph of a machine. A way to a state that is not there has no edge. */
export function buildGraph(scope: Scope): Graph {
  const graph: Graph = { nodes: [{ id: kStart, kind: "start", title: "Start" }], edges: [] };
  addScope(graph, scope, undefined);
  graph.nodes.push({ id: kEnd, kind: "end", title: "End" });
  if (scope.StartAt !== undefined && Object.hasOwn(scope.States, scope.StartAt)) {
    graph.edges.push({ id: edgeId(kStart, "next", 0), source: kStart, target: nodeId(undefined, scope.StartAt), kind: "next" });
  }
  return graph;
}

function addScope(graph: Graph, scope: Scope, parentId: string | undefined): void {
  const inParent = parentId === undefined ? {} : { parentId };
  for (const [name, state] of Object.entries(scope.States)) {
    const id = nodeId(parentId, name);
    graph.nodes.push({ id, kind: "state", title: name, type: state.Type ?? "?", ...inParent });
    scopesOf(state).forEach((inner, index) => {
      const branch = `${id}#${index}`;
      graph.nodes.push({ id: branch, kind: "branch", parentId: id, ...headOfBranch(state, index) });
      addScope(graph, inner, branch);
    });
    for (const [index, way] of waysFrom(state).entries()) {
      const isKnown = way.to !== undefined && Object.hasOwn(scope.States, way.to);
      // Only the machine has an end to lead to: a branch is over where its last state is.
      if (!isKnown && (way.to !== undefined || parentId !== undefined)) continue;
      graph.edges.push({
        id: edgeId(id, way.kind, index),
        source: id,
        target: way.to === undefined ? kEnd : nodeId(parentId, way.to),
        kind: way.kind,
        ...(way.label === undefined ? {} : { label: way.label }),
        ...inParent,
      });
    }
  }
}

function headOfBranch(state: State, index: number): { title: string; note?: string } {
  if (state.Type === "Parallel") return { title: `Branch ${index + 1}` };
  const most = state["MaxConcurrency"];
  const processor = state["ItemProcessor"];
  const config = isObject(processor) ? processor["ProcessorConfig"] : undefined;
  const isDistributed = isObject(config) && config["Mode"] === "DISTRIBUTED";
  const notes = [...(isDistributed ? ["executions of their own"] : []), ...(typeof most === "number" && most > 0 ? [`${most} at a time`] : [])];
  return { title: "Each item", ...(notes.length > 0 ? { note: notes.join(", ") } : {}) };
}

interface Way {
  /** The next state; nothing for the end. */
  to: string | undefined;
  kind: GraphEdgeKind;
  label?: string;
}

/** Where a state may lead, with one way for each target and kind: their labels are joined. */
function waysFrom(state: State): Way[] {
  const ways: Way[] = [];
  if (typeof state["Next"] === "string") ways.push({ to: state["Next"], kind: "next" });
  else if (state["End"] === true || state.Type === "Succeed" || state.Type === "Fail") ways.push({ to: undefined, kind: "next" });
  for (const rule of listOf(state["Choices"]).filter(isObject)) {
    if (typeof rule["Next"] === "string") ways.push({ to: rule["Next"], kind: "choice", label: conditionOf(rule) });
  }
  if (typeof state["Default"] === "string") ways.push({ to: state["Default"], kind: "default", label: "otherwise" });
  for (const catcher of listOf(state["Catch"]).filter(isObject)) {
    const errors = listOf(catcher["ErrorEquals"]).map(String);
    if (typeof catcher["Next"] === "string") ways.push({ to: catcher["Next"], kind: "catch", label: errors.map(shortError).join(", ") });
  }
  return joined(ways);
}

function joined(ways: readonly Way[]): Way[] {
  const kept: Way[] = [];
  for (const way of ways) {
    const same = kept.find(({ to, kind }) => to === way.to && kind === way.kind);
    if (same && same.label !== undefined) same.label += way.kind === "choice" ? ` or ${way.label}` : `, ${way.label}`;
    else kept.push({ ...way });
  }
  return kept;
}

function shortError(name: string): string {
  return name === "States.ALL" ? "any error" : name.replace(/^States\./, "");
}

function nodeId(parentId: string | undefined, name: string): string {
  return `${parentId ?? ""}/${name}`;
}

function edgeId(source: string, kind: GraphEdgeKind, index: number): string {
  return `${source}>${kind}${index}`;
}
