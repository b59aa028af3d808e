import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ContentBlock } from "@/parts/api/types";
import { type Conversation, textOf } from "./conversation";
import { type ModelChoice, writeChoice } from "./model-choice";
import { type Prompt, randomName, useSendPrompt } from "./queries";

interface Sent extends Prompt {
  /** How many turns there were before: the prompt shows up as one of those after. */
  turnsBefore: number;
  invocationId?: string | null;
}

/** The way of a prompt from the reader's hand to the journal. */
export function usePrompt(
  harness: string,
  sessionId: string | undefined,
  conversation: Conversation,
  model: ModelChoice | undefined,
  bearer: string,
) {
  const [sent, setSent] = useState<Sent>();
  const [draft, setDraft] = useState("");
  const navigate = useNavigate();
  const sending = useSendPrompt(harness);

  const send = (content: ContentBlock[]) => {
    const prompt: Prompt = { sessionId: sessionId ?? `console-${randomName()}`, content, model, bearer, token: randomName() };
    setSent({ ...prompt, turnsBefore: conversation.turns.length });
    sending.mutate(prompt, {
      onSuccess: ({ invocationId }) => {
        setSent((now) => (now?.token === prompt.token ? { ...now, invocationId } : now));
        if (sessionId === undefined) {
          const search = model ? { model: writeChoice(model) } : {};
          void navigate({ to: "/agents/$harness/sessions/$sessionId", params: { harness, sessionId: prompt.sessionId }, search });
        }
      },
      onError: () => {
        setSent(undefined);
        setDraft((now) => (now === "" ? textOf(content) : now));
      },
    });
  };

  const isHere = sent !== undefined && (sessionId === undefined ? sending.isPending : sent.sessionId === sessionId);
  const underWay = isHere && !isJournaled(sent, conversation) ? sent : undefined;
  return {
    draft,
    setDraft,
    sendText: (text: string) => {
      setDraft("");
      send([{ text }]);
    },
    /** Sends the results of calls that the model left to its caller. */
    sendResults: send,
    /** The text of a prompt that the journal does not show yet; empty when it is results of calls. */
    pending: underWay && textOf(underWay.content),
    /** True while the server does not answer and the prompt is sent again. */
    isRetrying: sending.isPending && sending.failureCount > 0,
    error: sending.error ?? undefined,
  };
}

function isJournaled(sent: Sent, { turns }: Conversation): boolean {
  if (sent.invocationId) return turns.some((turn) => turn.invocationId === sent.invocationId);
  return turns.slice(sent.turnsBefore).some((turn) => textOf(turn.prompt) === textOf(sent.content));
}
