import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { statusQuery } from "@/parts/api/queries";
import { Badge, type Tone } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Notice } from "@/parts/ui/notice";
import type { StreamPhase } from "./live-stream";

const kPhases: Record<StreamPhase, { word: string; tone: Tone }> = {
  connecting: { word: "Connecting", tone: "neutral" },
  live: { word: "Live", tone: "live" },
  reconnecting: { word: "Reconnecting", tone: "warning" },
  failed: { word: "Not followed", tone: "danger" },
};

/** How it stands with the connection, in a word. */
export function StreamBadge({ phase }: { phase: StreamPhase }) {
  return <Badge tone={kPhases[phase].tone}>{kPhases[phase].word}</Badge>;
}

interface StreamNoticeProps {
  stream: { phase: StreamPhase; error?: string; retry: () => void };
  /** What is followed: `The journal`. */
  what: string;
}

/** Says when what is shown is not live. */
export function StreamNotice({ stream: { phase, error, retry }, what }: StreamNoticeProps) {
  const client = useQueryClient();
  useEffect(() => {
    // The status in the bar is asked for now and then; it must not contradict what is said here.
    void client.invalidateQueries({ queryKey: statusQuery.queryKey });
  }, [client, phase]);
  if (phase === "failed") {
    return (
      <Notice tone="danger" title={`${what} cannot be followed.`} action={<Button onClick={retry}>Try again</Button>}>
        {error}
      </Notice>
    );
  }
  if (phase !== "reconnecting") return null;
  return (
    <Notice tone="warning" title="Reconnecting…" action={<Button onClick={retry}>Now</Button>}>
      The server does not answer. Nothing is lost: the rest follows as soon as it is back.
    </Notice>
  );
}
