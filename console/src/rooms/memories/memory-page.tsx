import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Memory } from "@/parts/api/types";
import { StreamBadge, StreamNotice } from "@/parts/stream/stream-state";
import { Button } from "@/parts/ui/button";
import { formatInteger } from "@/parts/ui/format";
import { Notice } from "@/parts/ui/notice";
import { Page, PageHead, PageTitle } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import { ForgetActorDialog } from "./forget-actor-dialog";
import { FormingView } from "./forming-view";
import styles from "./memories.module.css";
import { type Forming, useFormation } from "./use-formation";

/** One memory as it forms: what was said, and what is remembered of it. */
export function MemoryPage() {
  const { memory = "" } = useParams({ strict: false });
  return <OneMemory key={memory} memoryId={memory} />;
}

function OneMemory({ memoryId }: { memoryId: string }) {
  const forming = useFormation(memoryId);
  const { query, stream } = forming;
  useTitle(query.data?.name, "Memory");
  return (
    <Page kind="graph">
      {!query.data && <h1>Memory</h1>}
      <QueryState query={query}>
        {(memory) => (
          <>
            <Head memory={memory} forming={forming} />
            <StreamNotice stream={stream} what="The memory" />
            <FormingView memory={memory} forming={forming} />
          </>
        )}
      </QueryState>
    </Page>
  );
}

function Head({ memory, forming }: { memory: Memory; forming: Forming }) {
  const [isForgetting, setForgetting] = useState(false);
  const [said, setSaid] = useState<string>();
  const onForgotten = (what: string) => {
    setSaid(what);
    forming.readAgain();
  };
  return (
    <>
      <PageHead>
        <PageTitle isLong>
          <h1>{memory.name}</h1>
          <code className={styles.id}>{memory.id}</code>
        </PageTitle>
        <StreamBadge phase={forming.stream.phase} />
        <Button look="danger" onClick={() => setForgetting(true)}>
          Forget an actor
        </Button>
      </PageHead>
      <p className={styles.faint}>
        {memory.description && `${memory.description} · `}
        Events are kept for {formatInteger(memory.eventExpiryDuration)} days, records until they are forgotten.
      </p>
      {said !== undefined && <Notice title={said} action={<Button look="quiet" onClick={() => setSaid(undefined)}>Close</Button>} />}
      <ForgetActorDialog memory={memory} held={forming.stream} isOpen={isForgetting} onOpenChange={setForgetting} onForgotten={onForgotten} />
    </>
  );
}
