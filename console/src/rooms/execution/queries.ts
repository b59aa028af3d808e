import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { Execution, HistoryEvent } from "@/parts/api/types";
import { executionPath } from "@/parts/workflow/queries";
import { callStepFunctions } from "@/parts/workflow/step-functions";

const kHistoryPage = 1_000;
/** What is new is asked for from its end: seldom more than this many. */
const kNewsPage = 100;

export const executionQuery = (machine: string, execution: string) =>
  queryOptions({
    queryKey: ["workflow", "execution", machine, execution],
    queryFn: async ({ signal }) => (await request<{ execution: Execution }>(executionPath(machine, execution), { signal })).execution,
  });

/** The definition that an execution was started with, which its machine may not have any more. */
export const definitionQuery = (executionArn: string) =>
  queryOptions({
    queryKey: ["workflow", "definition-of", executionArn],
    queryFn: async ({ signal }) =>
      (await callStepFunctions<{ definition: string }>("DescribeStateMachineForExecution", { executionArn }, signal)).definition,
    staleTime: Infinity,
  });

/** The history so far. Asked again, it reads only what has happened since. */
export const historyQuery = (machine: string, execution: string) =>
  queryOptions({
    queryKey: ["workflow", "history", machine, execution],
    queryFn: async ({ client, queryKey, signal }): Promise<HistoryEvent[]> => {
      const known = client.getQueryData<HistoryEvent[]>(queryKey) ?? [];
      const page: ReadPage = (query) => request(pathOf(["api", "workflow", "executions", machine, execution, "history"], query), { signal });
      return known.length === 0 ? readAll(page) : known.concat(await readNews(page, known.at(-1)?.id ?? 0));
    },
    structuralSharing: false,
  });

interface HistoryPage {
  events: HistoryEvent[];
  nextToken?: string;
}

type ReadPage = (query: { limit: number; order?: "newest"; nextToken: string | undefined }) => Promise<HistoryPage>;

async function readAll(page: ReadPage): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const read = await page({ limit: kHistoryPage, nextToken });
    events.push(...read.events);
    nextToken = read.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** The events after `lastId`, read from the newest one backwards. */
async function readNews(page: ReadPage, lastId: number): Promise<HistoryEvent[]> {
  const news: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const read = await page({ limit: kNewsPage, order: "newest", nextToken });
    news.push(...read.events.filter(({ id }) => id > lastId));
    nextToken = read.events.every(({ id }) => id > lastId) ? read.nextToken : undefined;
  } while (nextToken !== undefined);
  return news.reverse();
}

/** Stops an execution or goes on with one that has failed. */
export function useChange(machine: string, execution: string, change: "stop" | "redrive") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: { error?: string; cause?: string }) =>
      (await request<{ execution: Execution }>(executionPath(machine, execution, change), { method: "POST", body: JSON.stringify(body) })).execution,
    onSuccess: (changed) => {
      client.setQueryData(executionQuery(machine, execution).queryKey, changed);
      return client.invalidateQueries({ queryKey: ["workflow", "executions"] });
    },
  });
}
