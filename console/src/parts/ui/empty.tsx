import type { ReactNode } from "react";
import styles from "./empty.module.css";

interface EmptyProps {
  title: string;
  /** True where it is all that the page has: its title is then the page's own heading. */
  isPage?: boolean;
  children?: ReactNode;
}

/** What stands where nothing is yet: what this place is for, and the first step. */
export function Empty({ title, isPage = false, children }: EmptyProps) {
  const Heading = isPage ? "h1" : "h2";
  return (
    <div className={styles.empty}>
      <Heading>{title}</Heading>
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
