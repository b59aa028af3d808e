import { CodeEditor } from "@/parts/ui/code-editor";
import { readJson } from "@/parts/workflow/payload";
import styles from "./editor.module.css";

/** A small editor for a JSON value, under its name. */
export function PayloadEditor({ label, text, onChange }: { label: string; text: string; onChange: (text: string) => void }) {
  return (
    <div className={styles.payload}>
      <span aria-hidden="true">{label}</span>
      <CodeEditor label={label} size="low" text={text} onChange={onChange} isInvalid={readJson(text).fault !== undefined} />
    </div>
  );
}
