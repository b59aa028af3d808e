import { createContext } from "react";
import type { StateMark } from "../state-status";

/** What the nodes of a graph share, so that a new state of the execution draws nodes and lays nothing out. */
export interface GraphState {
  marks: ReadonlyMap<string, StateMark> | undefined;
  selected: string | undefined;
  onSelect: ((name: string) => void) | undefined;
  /** The id of the one node where the Tab key stops. */
  stop: string | undefined;
  setStop: (id: string) => void;
}

export const GraphContext = createContext<GraphState>({
  marks: undefined,
  selected: undefined,
  onSelect: undefined,
  stop: undefined,
  setStop: () => {},
});
