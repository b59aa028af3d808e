import { queryOptions } from "@tanstack/react-query";
import { pathOf, request } from "./client";
import type { Harness, Session, Status } from "./types";

const kStatusPollMs = 5_000;
/** A server that is away is looked for more often: its return is what the reader waits for. */
const kAwayPollMs = 1_000;

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => request<Status>("/api/status", { signal }),
  refetchInterval: ({ state }) => (state.status === "error" ? kAwayPollMs : kStatusPollMs),
  retry: false,
});

export const harnessQuery = (harness: string) =>
  queryOptions({
    queryKey: ["harness", harness],
    queryFn: async ({ signal }) => (await request<{ harness: Harness }>(pathOf(["harnesses", harness]), { signal })).harness,
  });

/** Which run holds a session's journal: it never changes, so it is asked once. */
export const sessionRunQuery = (harness: string, sessionId: string) =>
  queryOptions({
    queryKey: ["session-run", harness, sessionId],
    queryFn: async ({ signal }) => {
      const path = pathOf(["api", "sessions", harness, sessionId]);
      return (await request<{ session: Session }>(path, { signal })).session.runId;
    },
    staleTime: Infinity,
  });

/** The address of a file in a session's workspace; `file` may hold slashes. */
export function workspaceFileUrl(harness: string, sessionId: string, file: string): string {
  return pathOf(["api", "sessions", harness, sessionId, "files", ...file.split("/")]);
}
