import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/parts/ui/button";
import { CodeBlock } from "@/parts/ui/code";
import { Empty } from "@/parts/ui/empty";
import { Icon } from "@/parts/ui/icons";
import { Page, PageHead, PageTitle } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import { CreateDialog } from "./create-dialog";
import styles from "./harnesses.module.css";
import { HarnessTable } from "./harness-table";
import { harnessesQuery } from "./queries";

const kFirstCommands = `soma create --name browseragent --model-provider reflex
cd browseragent
soma add tool --harness browseragent --type agentcore_browser --name browser
soma deploy --yes`;

/** The harnesses of this server, and the way to make one. */
export function HarnessesPage() {
  useTitle("Harnesses");
  const query = useInfiniteQuery(harnessesQuery);
  const [isCreating, setCreating] = useState(false);
  return (
    <Page kind="list">
      <PageHead>
        <PageTitle>
          <h1>Harnesses</h1>
        </PageTitle>
        <Button look="primary" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          New harness
        </Button>
      </PageHead>
      <QueryState query={query}>
        {(data) => {
          const harnesses = data.pages.flatMap((page) => page.harnesses);
          if (harnesses.length === 0) return <NoHarness onCreate={() => setCreating(true)} />;
          return <HarnessTable harnesses={harnesses} />;
        }}
      </QueryState>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      )}
      <CreateDialog isOpen={isCreating} onOpenChange={setCreating} />
    </Page>
  );
}

function NoHarness({ onCreate }: { onCreate: () => void }) {
  return (
    <Empty title="No harness yet">
      <p>A harness is a few lines of configuration that become an agent. Make one in a terminal:</p>
      <div className={styles.commands}>
        <CodeBlock text={kFirstCommands} label="commands" />
      </div>
      <p>or write its JSON here.</p>
      <Button onClick={onCreate}>New harness</Button>
    </Empty>
  );
}
