import { infiniteQueryOptions } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { Machine } from "@/parts/api/types";

const kPollMs = 10_000;

interface MachinePage {
  machines: Machine[];
  nextToken?: string;
}

export const machinesQuery = infiniteQueryOptions({
  queryKey: ["workflow", "machines"],
  queryFn: ({ pageParam, signal }) => request<MachinePage>(pathOf(["api", "workflow", "machines"], { nextToken: pageParam }), { signal }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextToken,
  refetchInterval: kPollMs,
});
