import { Handle, type NodeProps, type NodeTypes, Position } from "@xyflow/react";
import { use } from "react";
import { Dot } from "@/parts/ui/badge";
import { classes } from "@/parts/ui/classes";
import { kStateTones, type StateMark } from "../state-status";
import type { FlowNode } from "./flow";
import styles from "./graph.module.css";
import { GraphContext } from "./selection";

/** Where edges are tied to: React Flow asks for them, the paths come from the layout. */
function Ties() {
  return (
    <>
      <Handle type="target" position={Position.Top} className={styles.tie} isConnectable={false} />
      <Handle type="source" position={Position.Bottom} className={styles.tie} isConnectable={false} />
    </>
  );
}

function EndNode({ data: { node } }: NodeProps<FlowNode>) {
  return (
    <div className={styles.end}>
      {node.title}
      <Ties />
    </div>
  );
}

function BranchNode({ data: { node } }: NodeProps<FlowNode>) {
  return (
    <div className={styles.branch}>
      <span className={styles.branchHead}>
        {node.title}
        {node.note !== undefined && <span> · {node.note}</span>}
      </span>
    </div>
  );
}

function StateNode({ id, data: { node, isHolder } }: NodeProps<FlowNode>) {
  const { marks, selected, onSelect, stop, setStop } = use(GraphContext);
  const mark = marks?.get(node.title);
  const look = classes(styles.state, isHolder && styles.holder, mark ? styles[mark.status] : marks && styles.untouched);
  const face = <Face title={node.title} type={node.type ?? ""} mark={mark} isFollowed={marks !== undefined} />;
  return (
    <div className={look} data-state={node.title} data-status={mark?.status}>
      {onSelect ? (
        <button
          type="button"
          className={classes(styles.face, "nopan")}
          aria-pressed={selected === node.title}
          tabIndex={id === stop ? 0 : -1}
          data-node={id}
          onFocus={() => setStop(id)}
          onClick={() => onSelect(node.title)}
        >
          {face}
        </button>
      ) : (
        <div className={styles.face}>{face}</div>
      )}
      <Ties />
    </div>
  );
}

function Face({ title, type, mark, isFollowed }: { title: string; type: string; mark: StateMark | undefined; isFollowed: boolean }) {
  return (
    <>
      <span className={styles.name} title={title}>
        {title}
      </span>
      <span className={styles.meta}>
        {mark && <Dot tone={kStateTones[mark.status]} isWorking={mark.status === "running"} />}
        <span>{type}</span>
        {mark ? <strong>{mark.status}</strong> : isFollowed && <span className="visually-hidden">not reached</span>}
        {mark && mark.visits > 1 && <span>×{mark.visits}</span>}
        {mark && mark.retries > 0 && <span>{mark.retries === 1 ? "1 retry" : `${mark.retries} retries`}</span>}
      </span>
    </>
  );
}

export const nodeTypes: NodeTypes = { start: EndNode, end: EndNode, branch: BranchNode, state: StateNode };
