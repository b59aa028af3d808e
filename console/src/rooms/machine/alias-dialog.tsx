import { type FormEvent, useState } from "react";
import type { MachineAlias, MachineVersion } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Field, Select, TextInput } from "@/parts/ui/field";
import { ErrorNotice } from "@/parts/ui/notice";
import { useSaveAlias } from "./queries";
import { routesOf, splitOf } from "./routes";
import { WeightBar } from "./weight-bar";
import styles from "./machine.module.css";

interface AliasDialogProps {
  machine: string;
  /** Nothing for a new one. */
  alias: MachineAlias | undefined;
  versions: readonly MachineVersion[];
  onClose: () => void;
}

/** Says where an alias leads: to one version, or to two, with the share of the first. */
export function AliasDialog({ machine, alias, versions, onClose }: AliasDialogProps) {
  const [name, setName] = useState(alias?.name ?? "");
  const [split, setSplit] = useState(() => splitOf(alias?.routes ?? [], versions[0]?.version ?? 1));
  const save = useSaveAlias(machine);
  const routes = routesOf(split);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ name, isNew: alias === undefined, routes }, { onSuccess: onClose });
  };
  const options = versions.map(({ version }) => (
    <option key={version} value={version}>
      version {version}
    </option>
  ));
  return (
    <Dialog title={alias ? `Weights of ${alias.name}` : "New alias"} isOpen onOpenChange={onClose}>
      <form onSubmit={submit} style={{ display: "contents" }}>
        {!alias && (
          <Field label="Name">
            {(id) => <TextInput id={id} value={name} required maxLength={80} onChange={(event) => setName(event.target.value)} />}
          </Field>
        )}
        <div className={styles.split}>
          <Field label="Leads to">
            {(id) => (
              <Select id={id} value={split.version} onChange={(event) => setSplit({ ...split, version: Number(event.target.value) })}>
                {options}
              </Select>
            )}
          </Field>
          <Field label="The rest to">
            {(id) => (
              <Select id={id} value={split.other ?? ""} onChange={(event) => setSplit({ ...split, other: Number(event.target.value) || undefined })}>
                <option value="">no other</option>
                {options}
              </Select>
            )}
          </Field>
        </div>
        {routes.length > 1 && (
          <Field label={`Share of version ${split.version}`}>
            {(id) => (
              <input
                id={id}
                type="range"
                min="0"
                max="100"
                className={styles.range}
                value={split.weight}
                aria-valuetext={`${split.weight} percent`}
                onChange={(event) => setSplit({ ...split, weight: Number(event.target.value) })}
              />
            )}
          </Field>
        )}
        <WeightBar routes={routes} />
        {save.error && <ErrorNotice error={save.error} />}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={save.isPending}>
            {save.isPending ? "Saving…" : "Save"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
