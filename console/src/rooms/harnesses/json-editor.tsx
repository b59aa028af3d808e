import { type Ref, useId, useImperativeHandle, useRef } from "react";
import { classes } from "@/parts/ui/classes";
import { sentence } from "@/parts/ui/format";
import styles from "./json-editor.module.css";
import type { Fault } from "./locate-faults";

export interface JsonEditorHandle {
  /** Puts the caret on a line, counted from 1, and selects it. */
  selectLine: (line: number) => void;
}

interface JsonEditorProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  faults: readonly Fault[];
  hint?: string | undefined;
  ref?: Ref<JsonEditorHandle>;
}

const kLineHeightPx = 18;
/** A line that is jumped to has this many above it. */
const kLinesAbove = 3;

/** A plain text area with line numbers; the lines at fault are marked and their errors stand below. Lines do not wrap. */
export function JsonEditor({ label, text, onChange, faults, hint, ref }: JsonEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const faultsId = useId();
  const lines = text.split("\n");
  const isFaulty = faults.length > 0;
  useImperativeHandle(ref, () => ({
    selectLine: (line) => {
      const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
      area.current?.focus();
      area.current?.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
      area.current?.scrollTo({ top: (line - 1 - kLinesAbove) * kLineHeightPx });
    },
  }));
  const followScroll = () => {
    if (gutter.current && area.current) gutter.current.scrollTop = area.current.scrollTop;
  };
  return (
    <div>
      <div className={classes(styles.editor, isFaulty && styles.faulty)}>
        <div className={styles.gutter} ref={gutter} aria-hidden="true">
          {lines.map((_, index) => (
            <div key={index} className={classes(faults.some(({ line }) => line === index + 1) && styles.faultLine)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={area}
          className={styles.area}
          aria-label={label}
          aria-invalid={isFaulty}
          aria-describedby={isFaulty ? faultsId : undefined}
          value={text}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => onChange(event.target.value)}
          onScroll={followScroll}
        />
      </div>
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
