import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Conversation, textOf } from "./conversation";
import { type Prompt, randomName, useSendPrompt } from "./queries";

interface Sent extends Prompt {
  /** How many turns there were before: the prompt shows up as one of those after. */
  turnsBefore: number;
  invocationId?: string | null;
}

/** The way of a prompt from the reader's hand to the journal. */
export function usePrompt(harness: string, sessionId: string | undefined, conversation: Conversation) {
  const [sent, setSent] = useState<Sent>();
  const [draft, setDraft] = useState("");
  const navigate = useNavigate();
  const sending = useSendPrompt(harness);

  const send = (text: string) => {
    const prompt: Prompt = { sessionId: sessionId ?? `console-${randomName()}`, text, token: randomName() };
    setSent({ ...prompt, turnsBefore: conversation.turns.length });
    setDraft("");
    sending.mutate(prompt, {
      onSuccess: ({ invocationId }) => {
        setSent((now) => (now?.token === prompt.token ? { ...now, invocationId } : now));
        if (sessionId === undefined) {
          void navigate({ to: "/agents/$harness/sessions/$sessionId", params: { harness, sessionId: prompt.sessionId } });
        }
      },
      onError: () => {
        setSent(undefined);
        setDraft((now) => (now === "" ? text : now));
      },
    });
  };

  const isHere = sent !== undefined && (sessionId === undefined ? sending.isPending : sent.sessionId === sessionId);
  const pending = isHere && !isJournaled(sent, conversation) ? sent.text : undefined;
  return {
    draft,
    setDraft,
    send,
    /** The text of a prompt that the journal does not show yet. */
    pending,
    /** True while the server does not answer and the prompt is sent again. */
    isRetrying: sending.isPending && sending.failureCount > 0,
    error: sending.error ?? undefined,
  };
}

function isJournaled(sent: Sent, { turns }: Conversation): boolean {
  if (sent.invocationId) return turns.some((turn) => turn.invocationId === sent.invocationId);
  return turns.slice(sent.turnsBefore).some((turn) => textOf(turn.prompt) === sent.text);
}
