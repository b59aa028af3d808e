import type { ReactNode } from "react";
import styles from "./badge.module.css";
import { classes } from "./classes";

export type Tone = "neutral" | "live" | "success" | "warning" | "danger";

/** A word for a state. The tone repeats what the word says; it never says it alone. */
export function Badge({ tone = "neutral", isWorking = false, children }: { tone?: Tone; isWorking?: boolean; children: ReactNode }) {
  return (
    <span className={classes(styles.badge, styles[tone])}>
      {isWorking && <span className={styles.working} />}
      {children}
    </span>
  );
}

/** A round mark before a label. */
export function Dot({ tone = "neutral", isWorking = false }: { tone?: Tone; isWorking?: boolean }) {
  return <span className={classes(styles.dot, styles[tone], isWorking && styles.pulse)} aria-hidden="true" />;
}
