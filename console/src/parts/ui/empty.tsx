import type { ReactNode } from "react";
import styles from "./empty.module.css";

/** What stands where nothing is yet: what this place is for, and the first step. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Grey lines in the size of what is being loaded. */
export function Skeleton({ lines, height = 20 }: { lines: number; height?: number }) {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} style={{ height, width: `${96 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
