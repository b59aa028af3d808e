import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useMatchRoute, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Machine } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Icon } from "@/parts/ui/icons";
import { Page, PageHead, PageTitle } from "@/parts/ui/page";
import { QueryState } from "@/parts/ui/query-state";
import { Age } from "@/parts/ui/time";
import { useTitle } from "@/parts/ui/use-title";
import { machineQuery } from "@/parts/workflow/queries";
import styles from "./machine.module.css";
import { StartDialog } from "./start-dialog";

const kTabs = [
  { to: "/workflows/$machine", word: "Definition" },
  { to: "/workflows/$machine/executions", word: "Executions" },
  { to: "/workflows/$machine/versions", word: "Versions & aliases" },
  { to: "/workflows/$machine/edit", word: "Editor" },
] as const;

/** A state machine: its head and tabs; the tab that is chosen is drawn below. */
export function MachinePage() {
  const { machine = "" } = useParams({ strict: false });
  const query = useQuery(machineQuery(machine));
  useTitle(machine);
  return (
    <Page kind="graph">
      <MachineHead name={machine} machine={query.data} />
      <nav className={styles.tabs} aria-label={`Parts of ${machine}`}>
        {kTabs.map(({ to, word }) => (
          <Link key={to} to={to} params={{ machine }} className={styles.tab} activeOptions={{ exact: true }} activeProps={{ "aria-current": "page" }}>
            {word}
          </Link>
        ))}
      </nav>
      <QueryState query={query} skeletonLines={8}>
        {() => <Outlet />}
      </QueryState>
    </Page>
  );
}

function MachineHead({ name, machine }: { name: string; machine: Machine | undefined }) {
  const [isStarting, setStarting] = useState(false);
  // The editor has a button that comes first there.
  const isEditing = useMatchRoute()({ to: "/workflows/$machine/edit" }) !== false;
  return (
    <PageHead>
      <PageTitle isLong>
        <h1>{name}</h1>
        {machine && (
          <p className={styles.meta}>
            <span>{machine.type === "EXPRESS" ? "Express" : "Standard"}</span>
            <span>
              revision <code title={machine.revisionId}>{machine.revisionId}</code>
            </span>
            <span>
              updated <Age at={machine.updatedAt} />
            </span>
            {machine.status !== "active" && <Badge tone="warning">{machine.status}</Badge>}
          </p>
        )}
      </PageTitle>
      {machine && (
        <>
          <Button look={isEditing ? "plain" : "primary"} onClick={() => setStarting(true)}>
            <Icon name="play" />
            Start
          </Button>
          <StartDialog machine={machine} isOpen={isStarting} onOpenChange={setStarting} />
        </>
      )}
    </PageHead>
  );
}
