import type { Diagnostic } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { sentence } from "@/parts/ui/format";
import { ErrorNotice } from "@/parts/ui/notice";
import styles from "./editor.module.css";
import type { Validation } from "./use-validation";

interface DiagnosticsProps {
  id: string;
  validation: Validation;
  onGoTo: (line: number) => void;
}

/** What the server says of the text, each with the way to its line. It keeps its place while another verdict is awaited. */
export function DiagnosticsView({ id, validation: { verdict, isFresh, error }, onGoTo }: DiagnosticsProps) {
  const diagnostics = verdict?.diagnostics ?? [];
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return (
    <section id={id} className={styles.diagnostics} aria-label="Diagnostics" aria-busy={!isFresh}>
      <p className={styles.verdict} role="status">
        {!verdict ? <Badge>Checking</Badge> : verdict.valid ? <Badge tone="success">Valid</Badge> : <Badge tone="danger">Not valid</Badge>}
        {verdict && <span>{countsOf(errors, diagnostics.length - errors)}</span>}
        {verdict?.truncated && <span>and more</span>}
      </p>
      {error && <ErrorNotice error={error} />}
      {diagnostics.length > 0 && (
        <ul>
          {diagnostics.map((diagnostic, index) => (
            <li key={index}>
              <DiagnosticLine diagnostic={diagnostic} onGoTo={onGoTo} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function DiagnosticLine({ diagnostic, onGoTo }: { diagnostic: Diagnostic; onGoTo: (line: number) => void }) {
  const { severity, code, message, location, line, column } = diagnostic;
  return (
    <button type="button" className={styles.diagnostic} onClick={() => onGoTo(line)}>
      <span className={styles.place}>
        {line}:{column}
      </span>
      <span className={styles.said}>
        <Badge tone={severity === "error" ? "danger" : "warning"}>{severity}</Badge> <code>{code}</code>
        <span>{sentence(message)}</span>
        {location?.startsWith("/") && <code>{location}</code>}
      </span>
    </button>
  );
}

function countsOf(errors: number, warnings: number): string {
  const counts: [number, string][] = [
    [errors, "error"],
    [warnings, "warning"],
  ];
  const words = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`);
  return words.join(", ");
}
