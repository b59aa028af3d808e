import { Link } from "@tanstack/react-router";
import { memo, useLayoutEffect, useRef } from "react";
import type { ToolContent } from "@/parts/api/types";
import { kOutcomeWords } from "@/parts/approvals/words";
import { Badge, type Tone } from "@/parts/ui/badge";
import { CodeBlock, JsonBlock } from "@/parts/ui/code";
import { Fold } from "@/parts/ui/fold";
import { formatDuration } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import type { Block, ToolCall } from "./conversation";
import { Screenshot } from "./screenshot";
import { ApprovalNote, ToolApproval } from "./tool-approval";
import approvalStyles from "./tool-approval.module.css";
import styles from "./tool-card.module.css";
import { failingExitCode, parseInput, summarise } from "./tool-summary";

/** The well under the card's head shows this much of the end; the whole is one press away. */
const kPreviewChars = 8_000;

type CardState = ToolCall["state"] | "preparing" | "skipped";

const kStates: Record<CardState, { word: string; tone: Tone; isWorking?: boolean }> = {
  preparing: { word: "Preparing", tone: "live", isWorking: true },
  waiting: { word: "Waiting for approval", tone: "warning", isWorking: true },
  answered: { word: "Preparing", tone: "live", isWorking: true },
  yours: { word: "Yours to run", tone: "warning" },
  running: { word: "Running", tone: "live", isWorking: true },
  success: { word: "Done", tone: "success" },
  error: { word: "Failed", tone: "danger" },
  stopped: { word: "Stopped", tone: "warning" },
  skipped: { word: "Not run", tone: "warning" },
};

interface ToolCardProps {
  block: Extract<Block, { kind: "tool" }>;
  call: ToolCall | undefined;
  /** False once the step or the turn is over: a call without an intent will then never run. */
  canStillRun: boolean;
  harness: string;
  sessionId: string;
}

/** One call of a tool: what was asked, what it prints while it runs, how it ended, how long it took. */
export const ToolCard = memo(function ToolCard({ block, call, canStillRun, harness, sessionId }: ToolCardProps) {
  const input = call?.input ?? parseInput(block.input);
  const output = call?.output ?? [];
  const text = printedText(output);
  const state = stateOf(call, text, canStillRun);
  const images = output.flatMap(({ image }) => (image ? [image] : []));
  return (
    <div className={styles.card} data-tool={block.name} data-state={call?.state ?? "preparing"}>
      <Fold
        head={
          <>
            <Icon name="tool" width={14} height={14} className={styles.icon} />
            <span className={styles.name}>{block.name}</span>
            <span className={styles.summary}>{summarise(input)}</span>
            <span className={styles.duration}>{call?.latencyMs !== undefined && formatDuration(call.latencyMs)}</span>
            <Badge tone={state.tone} isWorking={state.isWorking ?? false}>
              {state.word}
            </Badge>
          </>
        }
      >
        <div className={styles.details}>
          <h3>Input</h3>
          <JsonBlock value={input} label="input" />
          {text !== "" && (
            <>
              <h3>Output</h3>
              <CodeBlock text={text} label="output" />
            </>
          )}
        </div>
      </Fold>
      {call?.state === "waiting" && call.approval && (
        <ToolApproval approval={call.approval} tool={block.name} input={call.input} harness={harness} sessionId={sessionId} />
      )}
      <ApprovalNote approval={call?.approval} />
      {call?.child && (
        <div className={approvalStyles.child}>
          <Link to="/agents/$harness/sessions/$sessionId" params={{ harness: call.child.harnessId, sessionId: call.child.sessionId }}>
            Session of {call.child.harnessName}
          </Link>
        </div>
      )}
      {text !== "" && <Preview text={text} isLive={call?.state === "running"} tool={block.name} />}
      {images.length > 0 && (
        <div className={styles.images}>
          {images.map((image, index) => (
            <Screenshot key={index} image={image} harness={harness} sessionId={sessionId} />
          ))}
        </div>
      )}
    </div>
  );
});

/** A command that ended with an exit code did run; whether that is a failure is for the reader to say. */
function stateOf(call: ToolCall | undefined, text: string, canStillRun: boolean): { word: string; tone: Tone; isWorking?: boolean } {
  const decision = call?.approval?.decision;
  if (decision !== undefined && decision !== "approve") return kOutcomeWords[decision];
  const exitCode = call?.state === "success" ? failingExitCode(text) : undefined;
  if (exitCode !== undefined) return { word: `Exit ${exitCode}`, tone: "warning" };
  return kStates[call?.state ?? (canStillRun ? "preparing" : "skipped")];
}

/** The output's end while it runs, its beginning after. */
function Preview({ text, isLive, tool }: { text: string; isLive: boolean; tool: string }) {
  const well = useRef<HTMLPreElement>(null);
  useLayoutEffect(() => {
    if (isLive && well.current) well.current.scrollTop = well.current.scrollHeight;
  }, [text, isLive]);
  const shown = text.length <= kPreviewChars ? text : isLive ? text.slice(-kPreviewChars) : `${text.slice(0, kPreviewChars)}…`;
  return (
    <pre ref={well} className={styles.preview} tabIndex={0} role="region" aria-label={`Output of ${tool}`}>
      {shown}
    </pre>
  );
}

function printedText(output: readonly ToolContent[]): string {
  const pieces = output.flatMap(({ text, json }) => {
    if (text !== undefined) return [text];
    return json === undefined ? [] : [JSON.stringify(json, null, 2)];
  });
  return pieces.join("\n").trimEnd();
}
