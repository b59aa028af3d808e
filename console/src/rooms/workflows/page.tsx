import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@/parts/ui/button";
import { CodeBlock } from "@/parts/ui/code";
import { Empty } from "@/parts/ui/empty";
import { Page } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { useTitle } from "@/parts/ui/use-title";
import { MachineTable } from "./machine-table";
import { machinesQuery } from "./queries";
import styles from "./workflows.module.css";

const kFirstCommands = `export AWS_ENDPOINT_URL=${location.origin} AWS_DEFAULT_REGION=us-east-1
aws stepfunctions create-state-machine --name greet --role-arn arn:aws:iam::000000000000:role/soma \\
  --definition '{"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "Result": "hello", "End": true}}}'`;

/** The state machines of this server. */
export function WorkflowsPage() {
  useTitle("Workflows");
  const query = useInfiniteQuery(machinesQuery);
  return (
    <Page kind="list">
      <h1>Workflows</h1>
      <QueryState query={query}>
        {(data) => {
          const machines = data.pages.flatMap((page) => page.machines);
          return machines.length === 0 ? <NoWorkflow /> : <MachineTable machines={machines} />;
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

function NoWorkflow() {
  return (
    <Empty title="No workflow yet">
      <p>A workflow is a state machine in Amazon States Language. Make one with an SDK of Step Functions or in a terminal:</p>
      <div className={styles.commands}>
        <CodeBlock text={kFirstCommands} label="commands" />
      </div>
    </Empty>
  );
}
