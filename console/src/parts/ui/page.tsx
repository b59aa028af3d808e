import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./page.module.css";

/** What a room is mostly for decides how wide its page may grow. */
type PageKind = "read" | "list" | "log" | "graph";

/** A room's page: its parts below each other, in the middle of a wide window. */
export function Page({ kind, children }: { kind: PageKind; children: ReactNode }) {
  return <div className={classes(styles.page, styles[kind])}>{children}</div>;
}

/** A page's first line: its title, and what can be done with the whole. */
export function PageHead({ children }: { children: ReactNode }) {
  return <div className={styles.head}>{children}</div>;
}

/** The title with what belongs to it; it takes the room that the head's other parts leave. `isLong`: on a phone it has a line of its own. */
export function PageTitle({ isLong = false, children }: { isLong?: boolean; children: ReactNode }) {
  return <div className={classes(styles.title, isLong && styles.below)}>{children}</div>;
}
