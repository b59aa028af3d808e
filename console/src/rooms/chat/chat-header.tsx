import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Harness } from "@/parts/api/types";
import { Button, buttonClass } from "@/parts/ui/button";
import { JsonBlock } from "@/parts/ui/code";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice } from "@/parts/ui/notice";
import styles from "./chat.module.css";
import { useEndSession } from "./queries";

interface ChatHeaderProps {
  harness: string;
  configuration: Harness | undefined;
  sessionId: string | undefined;
  canEnd: boolean;
  onSessions: () => void;
}

/** Whom the reader talks to, and what can be done with the session. */
export function ChatHeader({ harness, configuration, sessionId, canEnd, onSessions }: ChatHeaderProps) {
  const [isShowing, setShowing] = useState(false);
  const tools = configuration?.tools?.map((tool) => tool.name) ?? [];
  const model = configuration?.model;
  const about = [[model?.provider, model?.modelId].filter(Boolean).join(" "), ...tools];
  return (
    <header className={styles.header}>
      <Button look="quiet" isIcon className={styles.onPhone} onClick={onSessions} aria-label="Sessions">
        <Icon name="list" />
      </Button>
      <div className={styles.who}>
        <h1>{configuration?.harnessName ?? harness}</h1>
        <p>{configuration ? about.join(" · ") : " "}</p>
      </div>
      <Button look="quiet" onClick={() => setShowing(true)} disabled={!configuration} aria-label="Configuration">
        <Icon name="braces" />
        <span className={styles.word}>Configuration</span>
      </Button>
      {sessionId !== undefined && (
        <>
          <Link
            to="/agents/$harness/sessions/$sessionId/journal"
            params={{ harness, sessionId }}
            search={({ model }) => (model === undefined ? {} : { model })}
            className={buttonClass({ look: "quiet" })}
            aria-label="Journal"
          >
            <Icon name="journal" />
            <span className={styles.word}>Journal</span>
          </Link>
          {canEnd && <EndSession harness={harness} sessionId={sessionId} />}
        </>
      )}
      <Dialog title={`Version ${configuration?.harnessVersion ?? ""}`} isOpen={isShowing} onOpenChange={setShowing}>
        <JsonBlock value={configuration} label="configuration" />
      </Dialog>
    </header>
  );
}

function EndSession({ harness, sessionId }: { harness: string; sessionId: string }) {
  const [isAsking, setAsking] = useState(false);
  const end = useEndSession(harness);
  return (
    <>
      <Button look="quiet" onClick={() => setAsking(true)} aria-label="End session">
        <Icon name="power" />
        <span className={styles.word}>End</span>
      </Button>
      <Dialog
        title="End this session?"
        description="Its processes are stopped and its browser is closed. The conversation and the journal stay."
        isOpen={isAsking}
        onOpenChange={setAsking}
      >
        {end.error && <ErrorNotice error={end.error} />}
        <DialogActions>
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button
            look="danger"
            disabled={end.isPending}
            onClick={() => end.mutate(sessionId, { onSuccess: () => setAsking(false) })}
          >
            End session
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
