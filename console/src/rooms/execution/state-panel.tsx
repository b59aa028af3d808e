import { useState } from "react";
import type { Execution } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { JsonBlock } from "@/parts/ui/code";
import { Fold } from "@/parts/ui/fold";
import { formatDateTime, formatDuration } from "@/parts/ui/format";
import { Icon } from "@/parts/ui/icons";
import { useNow } from "@/parts/ui/time";
import { findState, type Scope } from "@/parts/workflow/definition";
import { valueOf } from "@/parts/workflow/payload";
import { PayloadBlock } from "@/parts/workflow/payload-block";
import { kStateTones } from "@/parts/workflow/state-status";
import { EventList } from "./events-table";
import styles from "./execution.module.css";
import type { History, Visit } from "./fold-history";

interface StatePanelProps {
  /** The state that is looked at; nothing shows the execution's own input and output. */
  name: string | undefined;
  scope: Scope | undefined;
  history: History;
  execution: Execution;
  onClose: () => void;
}

/** What went into the chosen state and what came out, visit for visit. */
export function StatePanel({ name, scope, history, execution, onClose }: StatePanelProps) {
  const [chosen, setChosen] = useState<number>();
  if (name === undefined) return <ExecutionData execution={execution} />;
  const visits = history.visits.filter((visit) => visit.name === name);
  const visit = visits[chosen ?? visits.length - 1];
  const state = scope && findState(scope, name);
  return (
    <section className={styles.panel} aria-label={`State ${name}`}>
      <div className={styles.panelHead}>
        <h2>{name}</h2>
        {visit && (
          <Badge tone={kStateTones[visit.status]} isWorking={visit.status === "running"}>
            {visit.status}
          </Badge>
        )}
        <Button look="quiet" isIcon className={styles.close} aria-label={`Close ${name}`} title="Close" onClick={onClose}>
          <Icon name="cross" />
        </Button>
      </div>
      {visits.length > 1 && <VisitChoice at={chosen ?? visits.length - 1} count={visits.length} onChange={setChosen} />}
      {visit ? <VisitView visit={visit} /> : <p className={styles.faint}>Not reached.</p>}
      {state && (
        <Fold head="Its definition">
          <JsonBlock value={state} label={`definition of ${name}`} />
        </Fold>
      )}
    </section>
  );
}

function ExecutionData({ execution: { input, output } }: { execution: Execution }) {
  return (
    <section className={styles.panel} aria-label="Input and output of the execution">
      <div className={styles.panelHead}>
        <h2>Execution</h2>
        <span className={styles.faint}>choose a state to look into it</span>
      </div>
      <PayloadBlock name="input" value={input} />
      {output !== undefined && <PayloadBlock name="output" value={output} />}
    </section>
  );
}

function VisitChoice({ at, count, onChange }: { at: number; count: number; onChange: (at: number) => void }) {
  return (
    <div className={styles.visits} role="group" aria-label="Visits">
      <Button disabled={at === 0} onClick={() => onChange(at - 1)}>
        Before
      </Button>
      <span role="status">
        visit {at + 1} of {count}
      </span>
      <Button disabled={at === count - 1} onClick={() => onChange(at + 1)}>
        Next
      </Button>
    </div>
  );
}

function VisitView({ visit }: { visit: Visit }) {
  const { input, output, assigned, error, cause, retries, events } = visit;
  return (
    <>
      <p className={styles.faint}>
        entered {formatDateTime(visit.enteredAt)} · <Lasting visit={visit} />
        {retries > 0 && ` · ${retries === 1 ? "1 retry" : `${retries} retries`}`}
      </p>
      {error !== undefined && (
        <div className={styles.ending}>
          <strong>{error}</strong>
          {cause !== undefined && <p>{cause}</p>}
        </div>
      )}
      {input !== undefined && <PayloadBlock name="input" value={valueOf(input)} />}
      {output !== undefined && <PayloadBlock name="output" value={valueOf(output)} />}
      {Object.keys(assigned).length > 0 && (
        <PayloadBlock name="variables" value={Object.fromEntries(Object.entries(assigned).map(([name, text]) => [name, valueOf(text)]))} />
      )}
      <Fold head={events.length === 1 ? "1 event" : `${events.length} events`}>
        <EventList events={events} start={visit.enteredAt} />
      </Fold>
    </>
  );
}

/** From a visit's beginning to its end; to now while it is there. */
function Lasting({ visit: { enteredAt, exitedAt, status, events } }: { visit: Visit }) {
  const now = useNow(1_000);
  const end = exitedAt ?? (status === "running" ? undefined : events.at(-1)?.at);
  return formatDuration(Math.max(0, (end === undefined ? now : Date.parse(end)) - Date.parse(enteredAt)));
}
