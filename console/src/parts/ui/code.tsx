import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./code.module.css";
import { CopyButton } from "./copy-button";
import { revealHidden } from "./format";

interface CodeBlockProps {
  text: string;
  label: string;
  /** Source code keeps its lines and scrolls sideways; everything else wraps. */
  isSource?: boolean;
  /** True where there are many of its kind on a page: too many for a landmark each. */
  isOneOfMany?: boolean;
  children?: ReactNode;
}

/** Text that a machine wrote, in its own scrolling well. */
export function CodeBlock({ text, label, isSource = false, isOneOfMany = false, children }: CodeBlockProps) {
  return (
    <div className={styles.block}>
      <pre className={classes(styles.text, isSource && styles.source)} tabIndex={0} role={isOneOfMany ? "group" : "region"} aria-label={label}>
        <code>{children ?? text}</code>
      </pre>
      <div className={styles.copy}>
        <CopyButton text={text} what={label} />
      </div>
    </div>
  );
}

/** Past this a value is shown as plain text: colouring would cost more than it gives. */
const kColouredChars = 60_000;
const kToken = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

interface JsonBlockProps {
  value: unknown;
  label: string;
  /** Spells characters that hide or reorder others as JSON's own escapes: for what somebody answers for. */
  isExact?: boolean;
  isOneOfMany?: boolean;
}

/** A JSON value, indented and coloured. */
export function JsonBlock({ value, label, isExact = false, isOneOfMany = false }: JsonBlockProps) {
  const plain = JSON.stringify(value, null, 2) ?? "";
  const text = isExact ? revealHidden(plain) : plain;
  return (
    <CodeBlock text={text} label={label} isOneOfMany={isOneOfMany}>
      {text.length > kColouredChars ? text : coloured(text)}
    </CodeBlock>
  );
}

function coloured(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(kToken)) {
    const [all, quoted, colon] = match;
    parts.push(text.slice(end, match.index));
    const kind = quoted === undefined ? styles.literal : colon === undefined ? styles.string : styles.key;
    parts.push(
      <span key={match.index} className={kind}>
        {quoted ?? all}
      </span>,
      colon ?? "",
    );
    end = match.index + all.length;
  }
  parts.push(text.slice(end));
  return parts;
}
