import { queryOptions } from "@tanstack/react-query";
import { pathOf, request } from "@/parts/api/client";
import type { SessionNode } from "@/parts/api/types";
import { isLive } from "./agent-tree";

const kLivePollMs = 2_000;
/** A session that nothing runs in may be invoked again, from anywhere. */
const kQuietPollMs = 10_000;

export const treeQuery = (harness: string, sessionId: string) =>
  queryOptions({
    queryKey: ["session-tree", harness, sessionId],
    queryFn: async ({ signal }) => {
      const path = pathOf(["api", "sessions", harness, sessionId, "tree"]);
      return (await request<{ root: SessionNode }>(path, { signal })).root;
    },
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? kLivePollMs : kQuietPollMs),
  });
