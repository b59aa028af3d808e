import { type Ref, useId } from "react";
import { CodeEditor, type CodeEditorHandle } from "@/parts/ui/code-editor";
import { sentence } from "@/parts/ui/format";
import styles from "./json-editor.module.css";
import type { Fault } from "./locate-faults";

interface JsonEditorProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  faults: readonly Fault[];
  hint?: string | undefined;
  ref?: Ref<CodeEditorHandle>;
}

/** A text with the lines at fault marked, and what is wrong with them below. */
export function JsonEditor({ label, text, onChange, faults, hint, ref }: JsonEditorProps) {
  const faultsId = useId();
  const isFaulty = faults.length > 0;
  return (
    <div>
      <CodeEditor
        {...(ref ? { ref } : {})}
        label={label}
        text={text}
        onChange={onChange}
        marks={faults.map(({ line }) => ({ line, tone: "danger" }))}
        isInvalid={isFaulty}
        describedBy={isFaulty ? faultsId : undefined}
      />
      {isFaulty && (
        <div id={faultsId} className={styles.faults} role="alert">
          <ul>
            {faults.map(({ line, message }, index) => (
              <li key={index}>
                <strong>Line {line}.</strong> {sentence(message)}
              </li>
            ))}
          </ul>
          {hint !== undefined && <p>{sentence(hint)}</p>}
        </div>
      )}
    </div>
  );
}
