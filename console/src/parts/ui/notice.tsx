import type { ReactNode } from "react";
import { ApiError } from "@/parts/api/client";
import { classes } from "./classes";
import { sentence } from "./format";
import styles from "./notice.module.css";

interface NoticeProps {
  tone?: "neutral" | "warning" | "danger";
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** A line that interrupts: what happened, what to do about it, and a button that does it. */
export function Notice({ tone = "neutral", title, children, action }: NoticeProps) {
  return (
    <div className={classes(styles.notice, styles[tone])} role={tone === "danger" ? "alert" : "status"}>
      <div className={styles.text}>
        <strong>{title}</strong>
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** What an error of the server says, its hint, and the id under which its log has it. */
export function ErrorNotice({ error, action }: { error: Error; action?: ReactNode }) {
  const body = error instanceof ApiError ? error.body : undefined;
  return (
    <Notice tone="danger" title={sentence(error.message)} action={action}>
      {body?.hint !== undefined && sentence(body.hint)}
      {body?.requestId && <span className={styles.meta}>Request {body.requestId}</span>}
    </Notice>
  );
}
