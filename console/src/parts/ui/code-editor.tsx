import { type KeyboardEvent, type Ref, useImperativeHandle, useRef } from "react";
import { classes } from "./classes";
import styles from "./code-editor.module.css";

export interface CodeEditorHandle {
  /** Puts the caret on a line, counted from 1, and selects it. */
  selectLine: (line: number) => void;
}

/** A line that something is said about, counted from 1. */
export interface LineMark {
  line: number;
  tone: "danger" | "warning";
}

interface CodeEditorProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  marks?: readonly LineMark[];
  /** The id of what says what is wrong. */
  describedBy?: string | undefined;
  isInvalid?: boolean;
  /** How high it is: `low` for a value, `high` where it is what the page is about. */
  size?: "low" | "middle" | "high";
  onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  ref?: Ref<CodeEditorHandle>;
}

const kLineHeightPx = 18;
/** A line that is jumped to has this many above it. */
const kLinesAbove = 3;

/** A plain text area with line numbers and marked lines. Lines do not wrap. */
export function CodeEditor({ label, text, onChange, marks = [], describedBy, isInvalid = false, size = "middle", onKeyDown, ref }: CodeEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n");
  const tones = new Map(marks.map(({ line, tone }) => [line, tone]));
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
    <div className={classes(styles.editor, styles[size], isInvalid && styles.faulty)}>
      <div className={styles.gutter} ref={gutter} aria-hidden="true">
        {lines.map((_, index) => (
          <div key={index} className={styles[tones.get(index + 1) ?? "plain"]}>
            {index + 1}
          </div>
        ))}
      </div>
      <textarea
        ref={area}
        className={styles.area}
        aria-label={label}
        aria-invalid={isInvalid}
        aria-describedby={describedBy}
        value={text}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={followScroll}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}
