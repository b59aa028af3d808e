import { useMemo, useState } from "react";
import { CodeBlock, JsonBlock } from "@/parts/ui/code";
import { Notice } from "@/parts/ui/notice";
import { findState, parseDefinition } from "@/parts/workflow/definition";
import { WorkflowGraph } from "@/parts/workflow/graph/workflow-graph";
import styles from "./machine.module.css";
import { useMachine } from "./use-machine";

/** The definition as a graph, and as text: the whole, or the state that was chosen. */
export function DefinitionTab() {
  const machine = useMachine();
  const text = machine?.definition ?? "";
  const scope = useMemo(() => parseDefinition(text), [text]);
  const [selected, setSelected] = useState<string>();
  const state = scope && selected !== undefined ? findState(scope, selected) : undefined;
  if (!scope) return <Notice tone="warning" title="The definition cannot be drawn." />;
  return (
    <div className={styles.sideBySide}>
      <div className={styles.graph}>
        <WorkflowGraph
          scope={scope}
          label={`Graph of ${machine?.name}`}
          selected={selected}
          onSelect={(name) => setSelected(name === selected ? undefined : name)}
        />
      </div>
      <section className={styles.text} aria-label="Text">
        <h2>{state ? selected : "Text"}</h2>
        {state ? <JsonBlock value={state} label={`state ${selected}`} /> : <WholeText text={text} />}
      </section>
    </div>
  );
}

/** As it was given, unless that is one long line. */
function WholeText({ text }: { text: string }) {
  if (text.trim().includes("\n")) return <CodeBlock text={text} label="definition" isSource />;
  return <JsonBlock value={JSON.parse(text)} label="definition" />;
}
