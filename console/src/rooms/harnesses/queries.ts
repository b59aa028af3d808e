import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { Harness, HarnessSummary } from "@/parts/api/types";

const kPollMs = 10_000;

interface HarnessPage {
  harnesses: HarnessSummary[];
  nextToken?: string;
}

export const harnessesQuery = infiniteQueryOptions({
  queryKey: ["harnesses"],
  queryFn: ({ pageParam, signal }) => request<HarnessPage>(pathOf(["harnesses"], { nextToken: pageParam }), { signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextToken,
  refetchInterval: kPollMs,
});

/** Creates a harness from the text as it was written: the server is its one judge, and its errors name lines of this text. */
export function useCreateHarness() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (configuration: string) =>
      (await request<{ harness: Harness }>("/harnesses", { method: "POST", body: configuration })).harness,
    onSuccess: () => client.invalidateQueries({ queryKey: harnessesQuery.queryKey }),
  });
}
