import { useNavigate } from "@tanstack/react-router";
import type { Memory, MemoryEvent } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Field, Select } from "@/parts/ui/field";
import { actorsOf, sessionsOf } from "./people";
import styles from "./memories.module.css";
import type { Selection } from "./selection";

interface FiltersProps {
  memory: Memory;
  events: readonly MemoryEvent[];
  selection: Selection;
}

/** Whose events and records are shown, and of which strategy; the address says so. */
export function Filters({ memory, events, selection }: FiltersProps) {
  const navigate = useNavigate();
  const choose = (change: Selection) => {
    const next = Object.entries({ ...selection, ...change }).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ to: ".", search: Object.fromEntries(next), replace: true });
  };
  const isFiltered = Object.values(selection).some((value) => value !== undefined);
  const strategies: [string, string][] = memory.strategies.map(({ strategyId, name }) => [strategyId, name]);
  return (
    <div className={styles.filters} role="group" aria-label="Show only">
      <Choice label="Actor" value={selection.actor} options={actorsOf(events)} onChange={(actor) => choose({ actor, session: undefined })} />
      <Choice label="Session" value={selection.session} options={sessionsOf(events, selection.actor)} onChange={(session) => choose({ session })} />
      <Choice label="Strategy" value={selection.strategy} options={[...strategies, ["none", "Written by a client"]]} onChange={(strategy) => choose({ strategy })} />
      <Button look="quiet" disabled={!isFiltered} onClick={() => void navigate({ to: ".", search: {}, replace: true })}>
        Show all
      </Button>
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  /** What may be chosen, or its value and its name. */
  options: readonly (string | [string, string])[];
  onChange: (value: string | undefined) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const pairs = options.map((option): [string, string] => (typeof option === "string" ? [option, option] : option));
  // The address may name one that is not there (any more): it must be seen to be taken away.
  const all: [string, string][] = value === undefined || pairs.some(([each]) => each === value) ? pairs : [...pairs, [value, value]];
  return (
    <Field label={label}>
      {(id) => (
        <Select id={id} value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
          <option value="">Any</option>
          {all.map(([each, name]) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
