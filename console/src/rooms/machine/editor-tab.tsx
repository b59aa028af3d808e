import { type KeyboardEvent, useDeferredValue, useId, useMemo, useRef, useState } from "react";
import type { Diagnostic, Machine } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { CodeEditor, type CodeEditorHandle, type LineMark } from "@/parts/ui/code-editor";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { parseDefinition, type Scope } from "@/parts/workflow/definition";
import { WorkflowGraph } from "@/parts/workflow/graph/workflow-graph";
import { readJson } from "@/parts/workflow/payload";
import { DiagnosticsView } from "./diagnostics-view";
import styles from "./editor.module.css";
import { lineOfState } from "./find-line";
import { LeaveDialog } from "./leave-dialog";
import { useUpdate } from "./queries";
import { TestPanel } from "./test-panel";
import { useMachine } from "./use-machine";
import { useValidation } from "./use-validation";

/** The definition as a text that is checked while it is written, with its graph beside it. */
export function EditorTab() {
  const machine = useMachine();
  return machine && <Editor key={machine.name} machine={machine} />;
}

function Editor({ machine }: { machine: Machine }) {
  const present = machine.definition ?? "";
  const [base, setBase] = useState(present);
  const [text, setText] = useState(present);
  const [selected, setSelected] = useState<string>();
  const editor = useRef<CodeEditorHandle>(null);
  const diagnosticsId = useId();
  const update = useUpdate(machine.name);
  const validation = useValidation(text, machine.type);
  const scope = useDrawable(text);
  const isDirty = text !== base;
  const marks = (validation.verdict?.diagnostics ?? []).map(markOf);

  const take = (definition: string) => {
    setBase(definition);
    setText(definition);
    update.reset();
  };
  const save = (publish: boolean) => {
    if (isDirty || publish) update.mutate({ definition: text, publish }, { onSuccess: () => setBase(text) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save(false);
  };
  const select = (name: string) => {
    setSelected(name);
    const line = lineOfState(text, name);
    if (line !== undefined) editor.current?.selectLine(line);
  };
  return (
    <>
      {present !== base && (
        <Notice
          tone="warning"
          title="The machine was changed meanwhile."
          action={<Button onClick={() => take(present)}>Take what is there now</Button>}
        >
          Saving puts this text in its place.
        </Notice>
      )}
      <div className={styles.bar}>
        <Button look="primary" disabled={!isDirty || update.isPending} onClick={() => save(false)}>
          {update.isPending ? "Saving…" : "Save"}
        </Button>
        <Button disabled={update.isPending || !validation.verdict?.valid} onClick={() => save(true)}>
          Save and publish
        </Button>
        <Button look="quiet" disabled={readJson(text).fault !== undefined} onClick={() => setText(formatted(text))}>
          Format
        </Button>
        <Button look="quiet" disabled={!isDirty} onClick={() => take(present)}>
          Undo all
        </Button>
        <span className={styles.saved} role="status">
          {isDirty ? "not saved" : update.isSuccess ? "saved" : ""}
        </span>
      </div>
      {update.error && <ErrorNotice error={update.error} />}
      <div className={styles.sideBySide}>
        <div className={styles.writing}>
          <CodeEditor
            ref={editor}
            label="Definition"
            size="high"
            text={text}
            onChange={setText}
            marks={marks}
            isInvalid={validation.verdict?.valid === false}
            describedBy={diagnosticsId}
            onKeyDown={onKeyDown}
          />
          <DiagnosticsView id={diagnosticsId} validation={validation} onGoTo={(line) => editor.current?.selectLine(line)} />
        </div>
        <div className={styles.graph}>{scope && <WorkflowGraph scope={scope} label="Graph of the text" selected={selected} onSelect={select} />}</div>
      </div>
      {scope && <TestPanel definition={text} scope={scope} roleArn={machine.roleArn} chosen={selected} onChoose={setSelected} />}
      <LeaveDialog isDirty={isDirty} />
    </>
  );
}

function markOf({ line, severity }: Diagnostic): LineMark {
  return { line, tone: severity === "error" ? "danger" : "warning" };
}

/** What the graph shows: while the text is no JSON, what it was before. */
function useDrawable(text: string): Scope | undefined {
  const settled = useDeferredValue(text);
  const parsed = useMemo(() => parseDefinition(settled), [settled]);
  const [last, setLast] = useState(parsed);
  if (parsed && parsed !== last) setLast(parsed);
  return parsed ?? last;
}

function formatted(text: string): string {
  return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
}
