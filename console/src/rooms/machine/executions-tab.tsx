import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { ExecutionStatus, Machine } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Empty } from "@/parts/ui/empty";
import { Field, Select, TextInput } from "@/parts/ui/field";
import { QueryState } from "@/parts/ui/query-state";
import { ExecutionTable } from "@/parts/workflow/execution-table";
import { executionsQuery } from "@/parts/workflow/queries";
import { kExecutionStatuses, kExecutionWords } from "@/parts/workflow/state-status";
import styles from "./machine.module.css";
import { aliasesQuery, versionsQuery } from "./queries";
import { useMachine } from "./use-machine";

/** The executions of a machine, newest first, of which the address says which. */
export function ExecutionsTab() {
  const machine = useMachine();
  if (!machine) return null;
  if (machine.type === "EXPRESS") {
    return (
      <Empty title="Express executions are not kept">
        <p>What they did is in the machine's log group, when it has one.</p>
      </Empty>
    );
  }
  return <Executions key={machine.name} machine={machine} />;
}

function Executions({ machine }: { machine: Machine }) {
  const { status, target, name } = useSearch({ strict: false });
  const filter = { machine: target === undefined ? machine.name : `${machine.name}:${target}`, status, namePrefix: name };
  const query = useInfiniteQuery(executionsQuery(filter));
  const isFiltered = (status ?? target ?? name) !== undefined;
  return (
    <>
      <Filters machine={machine.name} />
      <QueryState query={query}>
        {(data) => {
          const executions = data.pages.flatMap((page) => page.executions);
          if (executions.length > 0) return <ExecutionTable executions={executions} />;
          if (query.hasNextPage) return <p className={styles.faint}>None among the newest.</p>;
          return <Empty title={isFiltered ? "No execution is like this" : "No execution yet"} />;
        }}
      </QueryState>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
}

function Filters({ machine }: { machine: string }) {
  const { status, target, name } = useSearch({ strict: false });
  const isFiltered = (status ?? target ?? name) !== undefined;
  const navigate = useNavigate();
  const versions = useQuery(versionsQuery(machine)).data ?? [];
  const aliases = useQuery(aliasesQuery(machine)).data ?? [];
  // The address follows what is written; a letter must not wait for it.
  const [written, setWritten] = useState(name ?? "");
  const choose = (change: { status?: ExecutionStatus | undefined; target?: string | undefined; name?: string | undefined }) => {
    const next = Object.entries({ status, target, name, ...change }).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ to: ".", search: Object.fromEntries(next), replace: true });
  };
  const write = (text: string) => {
    setWritten(text);
    choose({ name: text || undefined });
  };
  const showAll = () => {
    setWritten("");
    choose({ status: undefined, target: undefined, name: undefined });
  };
  return (
    <div className={styles.filters} role="search" aria-label="Executions">
      <Field label="Status">
        {(id) => (
          <Select id={id} value={status ?? ""} onChange={(event) => choose({ status: kExecutionStatuses.find((each) => each === event.target.value) })}>
            <option value="">Any</option>
            {kExecutionStatuses.map((each) => (
              <option key={each} value={each}>
                {kExecutionWords[each]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Version or alias">
        {(id) => (
          <Select id={id} value={target ?? ""} onChange={(event) => choose({ target: event.target.value || undefined })}>
            <option value="">Any</option>
            {aliases.map((alias) => (
              <option key={alias.name} value={alias.name}>
                {alias.name}
              </option>
            ))}
            {versions.map(({ version }) => (
              <option key={version} value={version}>
                version {version}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Name begins with" className={styles.nameFilter}>
        {(id) => <TextInput id={id} value={written} onChange={(event) => write(event.target.value)} />}
      </Field>
      <Button look="quiet" disabled={!isFiltered} onClick={showAll}>
        Show all
      </Button>
    </div>
  );
}
