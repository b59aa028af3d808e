import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { Execution, ExecutionStatus, Machine } from "@/parts/api/types";

const kPollMs = 10_000;
const kExecutionsPollMs = 3_000;
const kExecutionsOnPage = 50;

export const machinePath = (machine: string, ...more: string[]) => pathOf(["api", "workflow", "machines", machine, ...more]);
export const executionPath = (machine: string, execution: string, ...more: string[]) =>
  pathOf(["api", "workflow", "executions", machine, execution, ...more]);

export const machineQuery = (machine: string) =>
  queryOptions({
    queryKey: ["workflow", "machine", machine],
    queryFn: async ({ signal }) => (await request<{ machine: Machine }>(machinePath(machine), { signal })).machine,
    refetchInterval: kPollMs,
  });

export interface ExecutionFilter {
  /** A machine's name, or one of its versions or aliases as `greet:3`, `greet:live`. */
  machine?: string;
  status?: ExecutionStatus | undefined;
  namePrefix?: string | undefined;
  correlationId?: string;
}

interface ExecutionPage {
  executions: Execution[];
  nextToken?: string;
}

export const executionsQuery = (filter: ExecutionFilter) =>
  infiniteQueryOptions({
    queryKey: ["workflow", "executions", filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit: kExecutionsOnPage, nextToken: pageParam };
      return request<ExecutionPage>(pathOf(["api", "workflow", "executions"], query), { signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: kExecutionsPollMs,
    placeholderData: keepPreviousData,
  });
