import { useInfiniteQuery } from "@tanstack/react-query";
import type { Execution } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { ErrorNotice } from "@/parts/ui/notice";
import { ExecutionTable } from "@/parts/workflow/execution-table";
import { executionsQuery } from "@/parts/workflow/queries";
import styles from "./execution.module.css";

/** The executions of one correlation id: who started this one, whom it started, and the others. One alone has no family. */
export function Family({ execution }: { execution: Execution }) {
  const query = useInfiniteQuery(executionsQuery({ correlationId: execution.correlationId ?? execution.arn }));
  const family = query.data?.pages.flatMap((page) => page.executions).filter(({ arn }) => arn !== execution.arn) ?? [];
  if (query.error && !query.data) return <ErrorNotice error={query.error} />;
  if (family.length === 0) return null;
  return (
    <section className={styles.section} aria-label="Related executions">
      <h2>Related executions</h2>
      <ExecutionTable executions={family} roleOf={(other) => roleOf(other, execution)} />
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function roleOf(other: Execution, own: Execution): string {
  if (other.arn === own.parentArn) return "parent";
  if (other.parentArn === own.arn) return "child";
  return other.parentArn !== undefined && other.parentArn === own.parentArn ? "sibling" : "relative";
}
