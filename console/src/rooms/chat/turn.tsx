import { memo } from "react";
import { Badge, type Tone } from "@/parts/ui/badge";
import { CopyButton } from "@/parts/ui/copy-button";
import { Fold } from "@/parts/ui/fold";
import { formatDateTime, formatDuration, formatInteger, sentence } from "@/parts/ui/format";
import { Notice } from "@/parts/ui/notice";
import { useNow } from "@/parts/ui/time";
import { answerOf, type Block, type Finish, type Part, type Step, textOf, type Turn } from "./conversation";
import { Markdown } from "./markdown";
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
      <PromptBubble text={textOf(turn.prompt)} />
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
      {turn.finish ? <Footer finish={turn.finish} answer={answerOf(turn)} /> : <Working since={turn.startedAt} />}
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

function PartView({ part, isLast, ...rest }: { part: Part; isLast: boolean } & TurnProps) {
  if (part.kind === "resumption") {
    return (
      <div className={styles.resumption}>
        <span>Server restarted; the work went on at {formatDateTime(part.at)}</span>
      </div>
    );
  }
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

function Working({ since }: { since: string }) {
  const now = useNow(1_000);
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1_000));
  return (
    <div className={styles.footer}>
      <div className={styles.figures}>
        <Badge tone="live" isWorking>
          Working
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
  hook_stopped: { word: "Stopped by a hook", tone: "warning" },
};

function Footer({ finish, answer }: { finish: Finish; answer: string }) {
  const known = kOutcomes[finish.stopReason];
  const outcome = finish.error ? { word: "Failed", tone: "danger" as const } : known;
  const { usage, toolCalls, latencyMs } = finish;
  return (
    <div className={styles.footer}>
      <div className={styles.figures}>
        <Badge tone={outcome?.tone ?? "warning"}>{outcome?.word ?? finish.stopReason.replaceAll("_", " ")}</Badge>
        {usage && usage.totalTokens > 0 && (
          <span>
            {formatInteger(usage.inputTokens)} in · {formatInteger(usage.outputTokens)} out
          </span>
        )}
        {latencyMs !== undefined && <span>{formatDuration(latencyMs)}</span>}
        {toolCalls !== undefined && toolCalls > 0 && <span>{toolCalls === 1 ? "1 tool call" : `${toolCalls} tool calls`}</span>}
      </div>
      {answer !== "" && <CopyButton text={answer} what="answer" />}
    </div>
  );
}
