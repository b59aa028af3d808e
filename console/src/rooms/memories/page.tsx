import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@/parts/ui/button";
import { CodeBlock, JsonBlock } from "@/parts/ui/code";
import { Empty } from "@/parts/ui/empty";
import { Page } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import styles from "./memories.module.css";
import { MemoryTable } from "./memory-table";
import { memoriesQuery } from "./queries";

const kFirstCommand = "soma memory create --name notes --strategy semantic --strategy preference";
const kHarnessMember = { memory: { managedMemoryConfiguration: { strategies: ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC"] } } };

/** The memories of this server. */
export function MemoriesPage() {
  useTitle("Memory");
  const query = useInfiniteQuery(memoriesQuery);
  return (
    <Page kind="list">
      <h1>Memory</h1>
      <QueryState query={query}>
        {(data) => {
          const memories = data.pages.flatMap((page) => page.memories);
          return memories.length === 0 ? <NoMemory /> : <MemoryTable memories={memories} />;
        }}
      </QueryState>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function NoMemory() {
  return (
    <Empty title="No memory yet">
      <p>A memory keeps what was said, and makes of it what is worth remembering. Make one in a terminal or with an SDK of AgentCore Memory:</p>
      <div className={styles.example}>
        <CodeBlock text={kFirstCommand} label="command" />
      </div>
      <p>A harness has one of its own when its harness.json says so:</p>
      <div className={styles.example}>
        <JsonBlock value={kHarnessMember} label="member of harness.json" />
      </div>
    </Empty>
  );
}
