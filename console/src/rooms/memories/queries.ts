import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { FoundRecord, FoundTurn, Memory } from "@/parts/api/types";

const kPollMs = 10_000;
/** How many answers a question gets, of records and of messages each. */
const kAnswers = 10;

interface MemoryPage {
  memories: Memory[];
  nextToken?: string;
}

export const memoriesQuery = infiniteQueryOptions({
  queryKey: ["memories"],
  queryFn: ({ pageParam, signal }) => request<MemoryPage>(pathOf(["api", "memories"], { nextToken: pageParam }), { signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextToken,
  refetchInterval: kPollMs,
});

/** A memory, and how much is in it: read again and again, since a stream does not tell what is forgotten elsewhere. */
export const memoryQuery = (memoryId: string) =>
  queryOptions({
    queryKey: ["memory", memoryId],
    queryFn: async ({ signal }) => (await request<{ memory: Memory }>(pathOf(["api", "memories", memoryId]), { signal })).memory,
    refetchInterval: kPollMs,
  });

/** The records that say most about a question. */
export const retrieveQuery = (memoryId: string, question: string) =>
  queryOptions({
    queryKey: ["memory-records", memoryId, question],
    queryFn: async ({ signal }) => {
      const body = JSON.stringify({ namespacePath: "/", searchCriteria: { searchQuery: question, topK: kAnswers } });
      const path = pathOf(["memories", memoryId, "retrieve"]);
      const answer = await request<{ memoryRecordSummaries: FoundRecord[] }>(path, { method: "POST", body, signal });
      return answer.memoryRecordSummaries;
    },
    staleTime: 0,
  });

/** The messages of one actor that say most about a question. */
export const recallQuery = (memoryId: string, actorId: string, question: string) =>
  queryOptions({
    queryKey: ["memory-turns", memoryId, actorId, question],
    queryFn: async ({ signal }) => {
      const path = pathOf(["api", "memories", memoryId, "recall"], { actorId, query: question, limit: kAnswers });
      return (await request<{ turns: FoundTurn[] }>(path, { signal })).turns;
    },
    enabled: actorId !== "",
    staleTime: 0,
  });

export function forgetRecord(memoryId: string, recordId: string): Promise<unknown> {
  return request(pathOf(["memories", memoryId, "memoryRecords", recordId]), { method: "DELETE" });
}

export async function forgetActor(memoryId: string, actorId: string): Promise<{ events: number; records: number }> {
  const path = pathOf(["api", "memories", memoryId, "actors", actorId]);
  return (await request<{ forgotten: { events: number; records: number } }>(path, { method: "DELETE" })).forgotten;
}
