import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, pathOf, request, send } from "@/parts/api/client";
import { sessionRunQuery } from "@/parts/api/queries";
import type { ContentBlock, Models, Session } from "@/parts/api/types";
import type { ModelChoice } from "./model-choice";

const kPollMs = 4_000;
const kPageSize = 50;
const kSendTries = 8;
const kLongestRetryMs = 4_000;

interface SessionPage {
  sessions: Session[];
  nextToken?: string;
}

export const sessionsQuery = (harness: string) =>
  infiniteQueryOptions({
    queryKey: ["sessions", harness],
    queryFn: ({ pageParam, signal }) => {
      const path = pathOf(["api", "sessions"], { harness, limit: kPageSize, nextToken: pageParam });
      return request<SessionPage>(path, { signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: kPollMs,
  });

/** The providers and the models with a price: they change only with the server. */
export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => request<Models>("/api/models", { signal }),
  staleTime: Infinity,
});

export interface Prompt {
  sessionId: string;
  /** What the reader wrote, or the results of calls. */
  content: ContentBlock[];
  /** The model of this turn; the harness's own when there is none. */
  model: ModelChoice | undefined;
  /** Of whoever asks, where the harness has an authorizer; empty where it has none. */
  bearer: string;
  /** Makes the sending safe to repeat: the server starts one invocation for it, however often it arrives. */
  token: string;
}

/**
 * Sends a prompt and waits until the server has journaled it. The answer is not read from here but from the run, so that
 * this page, a reloaded one and another one all show the same.
 */
export function useSendPrompt(harness: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ sessionId, content, model, bearer, token }: Prompt) => {
      const response = await send(pathOf(["harnesses", "invoke"], { harnessArn: harness }), {
        method: "POST",
        headers: {
          accept: "text/event-stream",
          "x-amzn-bedrock-agentcore-runtime-session-id": sessionId,
          "x-soma-client-token": token,
          ...(bearer === "" ? {} : { authorization: `Bearer ${bearer}` }),
        },
        body: JSON.stringify({ messages: [{ role: "user", content }], ...(model ? { model: overrideOf(model) } : {}) }),
      });
      response.body?.cancel().catch(() => {});
      return { runId: response.headers.get("x-soma-run"), invocationId: response.headers.get("x-soma-invocation") };
    },
    retry: (failures, error) => error instanceof ApiError && error.isPassing && failures < kSendTries,
    retryDelay: (attempt) => Math.min(250 * 2 ** attempt, kLongestRetryMs),
    onSuccess: ({ runId }, { sessionId }) => {
      if (runId) client.setQueryData(sessionRunQuery(harness, sessionId).queryKey, runId);
      return client.invalidateQueries({ queryKey: sessionsQuery(harness).queryKey });
    },
  });
}

function overrideOf({ provider, modelId }: ModelChoice): { provider: string; modelId?: string } {
  return modelId === "" ? { provider } : { provider, modelId };
}

export function useCancelInvocation(harness: string) {
  return useMutation({
    mutationFn: (sessionId: string) =>
      request(pathOf(["api", "sessions", harness, sessionId, "cancel"]), { method: "POST" }),
  });
}

export function useEndSession(harness: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => request(pathOf(["api", "sessions", harness, sessionId]), { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionsQuery(harness).queryKey }),
  });
}

/** A random name of 32 hexadecimal digits. `crypto.randomUUID` is not used: plain http from another host has none. */
export function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
