import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError } from "@/parts/api/client";
import { harnessQuery, sessionRunQuery, statusQuery } from "@/parts/api/queries";
import type { Harness } from "@/parts/api/types";
import { useRun } from "@/parts/run/use-run";
import { StreamNotice } from "@/parts/stream/stream-state";
import { Button, buttonClass } from "@/parts/ui/button";
import { Dialog } from "@/parts/ui/dialog";
import { Empty, Skeleton } from "@/parts/ui/empty";
import { sentence } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { useTitle } from "@/parts/ui/use-title";
import styles from "./chat.module.css";
import { ChatHeader } from "./chat-header";
import { Composer } from "./composer";
import { isRunning, owedCalls, waitingCalls } from "./conversation";
import { type ModelChoice, readChoice, writeChoice } from "./model-choice";
import { ModelPicker } from "./model-picker";
import { OwedResults } from "./owed-results";
import { sessionsQuery, useCancelInvocation } from "./queries";
import { SessionsPanel } from "./sessions-panel";
import { Thread } from "./thread";
import { TokenField } from "./token-field";
import { useConversation } from "./use-conversation";
import { usePrompt } from "./use-prompt";

const kEndings: Record<string, string> = {
  idle_timeout: "This session ended because nothing happened in it for a while.",
  max_lifetime: "This session ended because it reached its longest lifetime.",
  stopped: "This session was ended.",
};

/** A conversation with a harness: the one in the address, or a new one. Everything shown comes from the run's journal. */
export function ChatPage() {
  const { harness = "", sessionId } = useParams({ strict: false });
  const configuration = useQuery(harnessQuery(harness));
  const runId = useQuery({ ...sessionRunQuery(harness, sessionId ?? ""), enabled: sessionId !== undefined });
  const run = useRun(sessionId === undefined ? undefined : runId.data);
  const conversation = useConversation(run.events);
  const [model, setModel] = useModelChoice();
  const [token, setToken] = useState("");
  const isProtected = configuration.data?.authorizerConfiguration !== undefined;
  const prompt = usePrompt(harness, sessionId, conversation, model, isProtected ? token : "");
  const cancel = useCancelInvocation(harness);
  const [isListOpen, setListOpen] = useState(false);
  useTitle(configuration.data?.harnessName ?? harness);

  const running = isRunning(conversation);
  const waiting = waitingCalls(conversation);
  const owed = owedCalls(conversation);
  useFreshSessions(harness, running);
  const isLoading = sessionId !== undefined && run.events.length === 0 && run.phase !== "failed";
  const fault = configuration.error ?? runId.error;
  if (configuration.error instanceof ApiError && configuration.error.status === 404) return <NoHarness error={configuration.error} />;
  return (
    <div className={styles.room}>
      <aside className={styles.side}>
        <SessionsPanel harness={harness} />
      </aside>
      <Dialog title="Sessions" shape="sheet" isOpen={isListOpen} onOpenChange={setListOpen}>
        <SessionsPanel harness={harness} onChosen={() => setListOpen(false)} />
      </Dialog>
      <section className={styles.chat} aria-label="Chat">
        <ChatHeader
          harness={harness}
          configuration={configuration.data}
          sessionId={sessionId}
          canEnd={run.events.length > 0 && conversation.endReason === undefined}
          onSessions={() => setListOpen(true)}
        />
        <Thread
          key={sessionId ?? "new"}
          conversation={conversation}
          harness={harness}
          sessionId={sessionId ?? ""}
          pending={prompt.pending}
          after={
            owed.length > 0 && (
              <OwedResults key={owed[0]?.toolUseId} calls={owed} isSending={prompt.pending !== undefined} onSend={prompt.sendResults} />
            )
          }
          pendingNote={prompt.isRetrying ? "The server does not answer. Sending again…" : "Sending…"}
        >
          {fault ? <ErrorNotice error={fault} /> : isLoading ? <Skeleton lines={5} /> : <FirstSteps configuration={configuration.data} onChoose={prompt.setDraft} />}
        </Thread>
        <div className={styles.foot}>
          {runId.data !== undefined && <StreamNotice stream={run} what="The journal" />}
          {waiting.length > 0 && <WaitingNotice approvalId={waiting[0]?.approval?.approvalId ?? ""} count={waiting.length} />}
          {conversation.endReason !== undefined && <Notice title={kEndings[conversation.endReason] ?? "This session has ended."} />}
          {prompt.error && <ErrorNotice error={prompt.error} />}
          {cancel.error && <ErrorNotice error={cancel.error} />}
          {isProtected && <TokenField token={token} onToken={setToken} />}
          <Composer
            draft={prompt.draft}
            onDraft={prompt.setDraft}
            onSend={prompt.sendText}
            onStop={() => sessionId !== undefined && cancel.mutate(sessionId)}
            isRunning={running}
            isStopping={cancel.isPending}
            isBusy={prompt.pending !== undefined}
            isWaiting={waiting.length > 0}
            model={<ModelPicker own={ownModel(configuration.data)} choice={model} onChoose={setModel} />}
          />
        </div>
      </section>
    </div>
  );
}

/** The model of the next turns: in the address, so that a reload keeps it; nothing for the harness's own. */
function useModelChoice(): [ModelChoice | undefined, (choice: ModelChoice | undefined) => void] {
  const { model } = useSearch({ strict: false });
  const navigate = useNavigate();
  const choose = (choice: ModelChoice | undefined) => {
    void navigate({ to: ".", search: choice ? { model: writeChoice(choice) } : {}, replace: true });
  };
  return [readChoice(model), choose];
}

function ownModel(configuration: Harness | undefined): ModelChoice | undefined {
  return configuration && { provider: configuration.model.provider, modelId: configuration.model.modelId ?? "" };
}

/** Says over the prompt what holds the session up, wherever the reader has scrolled to. */
function WaitingNotice({ approvalId, count }: { approvalId: string; count: number }) {
  const show = () => {
    const card = document.querySelector<HTMLElement>(`[data-approval="${CSS.escape(approvalId)}"]`);
    card?.scrollIntoView({ block: "center" });
    card?.focus({ preventScroll: true });
  };
  return (
    <Notice tone="warning" title="Waiting for approval" action={<Button onClick={show}>Show</Button>}>
      {count === 1 ? "A call runs only when somebody says yes." : `${count} calls run only when somebody says yes.`}
    </Notice>
  );
}

/** An address of a harness that is not there, or no more. */
function NoHarness({ error }: { error: ApiError }) {
  return (
    <Empty isPage title={sentence(error.message)}>
      {error.body.hint !== undefined && <p>{sentence(error.body.hint)}</p>}
      <Link to="/" className={buttonClass()}>
        All harnesses
      </Link>
    </Empty>
  );
}

/** The list beside the chat learns of a beginning and an end at once, not when it is asked next. */
function useFreshSessions(harness: string, isWorking: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    void client.invalidateQueries({ queryKey: sessionsQuery(harness).queryKey });
  }, [client, harness, isWorking]);
}

/** An empty chat: what can be asked for, one press away. */
function FirstSteps({ configuration, onChoose }: { configuration: Harness | undefined; onChoose: (prompt: string) => void }) {
  const { data: status } = useQuery(statusQuery);
  const site = status?.siteUrl;
  const canBrowse = configuration?.tools?.some(({ type }) => type === "agentcore_browser") ?? false;
  const prompts = [
    ...(site === undefined || !canBrowse ? [] : [`Go to ${site} and describe what you see`]),
    "Run `uname -a`",
    'Write "hello" to notes.md, then read notes.md',
  ];
  return (
    <Empty title="A new session">
      <p>It gets a workspace of its own: files, processes and a browser that no other session can see.</p>
      <div className={styles.prompts}>
        {prompts.map((text) => (
          <Button key={text} className={styles.suggestion} onClick={() => onChoose(text)}>
            <span>{text}</span>
            <Icon name="chevron" width={12} height={12} />
          </Button>
        ))}
      </div>
    </Empty>
  );
}
