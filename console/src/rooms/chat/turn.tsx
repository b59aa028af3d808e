import { memo } from "react";
import { Badge, type Tone } from "@/parts/ui/badge";
import { CopyButton } from "@/parts/ui/copy-button";
import { Fold } from "@/parts/ui/fold";
import { formatDateTime, formatDuration, formatInteger, formatUsd, sentence } from "@/parts/ui/format";
import { Notice } from "@/parts/ui/notice";
import { useNow } from "@/parts/ui/time";
import { answerOf, type Block, type CallResult, type Compaction, type Finish, modelsOf, type Part, type Step, textOf, type Turn } from "./conversation";
import { Markdown } from "./markdown";
import { MemoryNote } from "./memory-note";
import { ToolCard } from "./tool-card";
import styles from "./turn.module.css";

interface TurnProps {
  turn: Turn;
  harness: string;
  sessionId: string;
}

/** A prompt and all that was done about it, down to what it cost. */
export const TurnView = memo(function TurnView({ turn, harness, sessionId }: TurnProps) {
  return (
    <article className={styles.turn} aria-label="Turn" data-invocation={turn.invocationId}>
      <h2 className="visually-hidden">Prompt</h2>
      <ResultNotes results={turn.results} />
      {(turn.results.length === 0 || textOf(turn.prompt) !== "") && <PromptBubble text={textOf(turn.prompt)} />}
      {turn.parts.map((part, index) => (
        <PartView
          key={part.seq}
          part={part}
          isLast={index === turn.parts.length - 1}
          turn={turn}
          harness={harness}
          sessionId={sessionId}
        />
      ))}
      {turn.finish?.error && (
        <Notice tone="danger" title={sentence(turn.finish.error.message)}>
          {turn.finish.error.hint === undefined ? turn.finish.error.code : sentence(turn.finish.error.hint)}
        </Notice>
      )}
      {turn.finish ? <Footer finish={turn.finish} turn={turn} /> : <Working since={turn.startedAt} isWaiting={isHeldUp(turn)} />}
    </article>
  );
});

/** What the reader wrote. `note` says what holds it up. */
export function PromptBubble({ text, note }: { text: string; note?: string }) {
  return (
    <div className={styles.prompt}>
      <div className={styles.bubble}>{text}</div>
      {note !== undefined && <div className={styles.note}>{note}</div>}
    </div>
  );
}

/** That the reader ran calls for the model: what they gave is in the cards above. */
function ResultNotes({ results }: { results: readonly CallResult[] }) {
  return results.map(({ toolUseId, name, status }) => (
    <div key={toolUseId} className={styles.prompt}>
      <div className={styles.note}>
        {status === "error" ? "Error" : "Result"} of {name} sent
      </div>
    </div>
  ));
}

/** Nothing goes on until somebody says yes or no. */
function isHeldUp(turn: Turn): boolean {
  const states = Object.values(turn.tools).map(({ state }) => state);
  return states.includes("waiting") && !states.includes("running");
}

function PartView({ part, isLast, ...rest }: { part: Part; isLast: boolean } & TurnProps) {
  if (part.kind === "resumption") {
    return (
      <div className={styles.resumption}>
        <span>Server restarted; the work went on at {formatDateTime(part.at)}</span>
      </div>
    );
  }
  if (part.kind === "compaction") return <CompactionView compaction={part} />;
  if (part.kind === "recollection" || part.kind === "keeping" || part.kind === "memory-failure") return <MemoryNote part={part} />;
  if (part.blocks.length === 0) return null;
  const blocks = part.blocks.map((block) => <BlockView key={block.index} block={block} step={part} {...rest} />);
  if (part.state !== "interrupted") {
    return (
      <div className={styles.step} data-step={part.state}>
        {blocks}
      </div>
    );
  }
  // What was asked again is read below; the cut attempt is kept, out of the way.
  return (
    <div className={styles.step} data-step={part.state}>
      {isLast ? (
        <>
          {blocks}
          <div className={styles.note}>Interrupted before it was finished.</div>
        </>
      ) : (
        <Fold head={<span className={styles.note}>Interrupted before it was finished, and asked again</span>}>
          <div className={styles.step}>{blocks}</div>
        </Fold>
      )}
    </div>
  );
}

function CompactionView({ compaction: { removed, summary } }: { compaction: Compaction }) {
  const said = `The conversation became long: ${removed === 1 ? "1 message is" : `${formatInteger(removed)} messages are`}`;
  if (!summary) {
    return (
      <div className={styles.resumption}>
        <span>{said} not shown to the model any more</span>
      </div>
    );
  }
  return (
    <Fold className={styles.reasoning} head={<span>{said} summed up for the model</span>}>
      <div className={styles.thought}>{summary}</div>
    </Fold>
  );
}

function BlockView({ block, step, turn, harness, sessionId }: { block: Block; step: Step } & TurnProps) {
  if (block.kind === "text") return <Markdown text={block.text} />;
  if (block.kind === "reasoning") {
    return (
      <Fold className={styles.reasoning} head={<span>Reasoning</span>}>
        <div className={styles.thought}>{block.text}</div>
      </Fold>
    );
  }
  const canStillRun = turn.finish === undefined && step.state !== "interrupted";
  const call = turn.tools[block.toolUseId];
  return <ToolCard block={block} call={call} canStillRun={canStillRun} harness={harness} sessionId={sessionId} />;
}

function Working({ since, isWaiting }: { since: string; isWaiting: boolean }) {
  const now = useNow(1_000);
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  return (
    <div className={styles.footer}>
      <div className={styles.figures}>
        <Badge tone={isWaiting ? "warning" : "live"} isWorking>
          {isWaiting ? "Waiting for approval" : "Working"}
        </Badge>
        <span>{seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000)}</span>
      </div>
    </div>
  );
}

const kOutcomes: Record<string, { word: string; tone: Tone }> = {
  end_turn: { word: "Finished", tone: "neutral" },
  stop_sequence: { word: "Finished", tone: "neutral" },
  interrupted: { word: "Stopped", tone: "warning" },
  max_tokens: { word: "Token limit reached", tone: "warning" },
  max_output_tokens_exceeded: { word: "Token limit reached", tone: "warning" },
  max_iterations_exceeded: { word: "Iteration limit reached", tone: "warning" },
  timeout_exceeded: { word: "Time limit reached", tone: "warning" },
  tool_use: { word: "Waiting for your result", tone: "warning" },
  max_tool_calls_exceeded: { word: "Tool call limit reached", tone: "warning" },
  max_cost_exceeded: { word: "Cost limit reached", tone: "warning" },
  hook_stopped: { word: "Stopped by a hook", tone: "warning" },
};

function Footer({ finish, turn }: { finish: Finish; turn: Turn }) {
  const known = kOutcomes[finish.stopReason];
  const outcome = finish.error ? { word: "Failed", tone: "danger" as const } : known;
  const { usage, costUsd, toolCalls, latencyMs } = finish;
  const answer = answerOf(turn);
  const cached = usage?.cacheReadInputTokens ?? 0;
  return (
    <div className={styles.footer}>
      <div className={styles.figures}>
        <Badge tone={outcome?.tone ?? "warning"}>{outcome?.word ?? finish.stopReason.replaceAll("_", " ")}</Badge>
        {usage && usage.totalTokens > 0 && (
          <span>
            {formatInteger(usage.inputTokens)} in · {formatInteger(usage.outputTokens)} out
            {cached > 0 && ` · ${formatInteger(cached)} cached`}
          </span>
        )}
        {costUsd !== undefined && <span>{formatUsd(costUsd)}</span>}
        {latencyMs !== undefined && <span>{formatDuration(latencyMs)}</span>}
        {toolCalls !== undefined && toolCalls > 0 && <span>{toolCalls === 1 ? "1 tool call" : `${toolCalls} tool calls`}</span>}
        <span className={styles.models}>{modelsOf(turn).join(", ")}</span>
      </div>
      {answer !== "" && <CopyButton text={answer} what="answer" />}
    </div>
  );
}
