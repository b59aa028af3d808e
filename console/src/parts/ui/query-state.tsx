import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "./button";
import { Skeleton } from "./empty";
import { ErrorNotice, Notice } from "./notice";

interface QueryStateProps<Data> {
  query: UseQueryResult<Data, Error>;
  skeletonLines?: number;
  children: (data: Data) => ReactNode;
}

/** Draws a query in each of its states: loading, the server away, refused, and what it gave. */
export function QueryState<Data>({ query, skeletonLines = 4, children }: QueryStateProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorNotice error={query.error} action={<Button onClick={() => query.refetch()}>Try again</Button>} />;
  return (
    <>
      {query.failureReason && <Notice tone="warning" title="The server does not answer. Trying again…" />}
      <Skeleton lines={skeletonLines} />
    </>
  );
}
