import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import type { Machine } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { CodeEditor } from "@/parts/ui/code-editor";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Field, Select, TextInput } from "@/parts/ui/field";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { readJson } from "@/parts/workflow/payload";
import { aliasesQuery, useStart, versionsQuery } from "./queries";

interface StartDialogProps {
  machine: Machine;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Starts an execution. What was written stays when the dialog is closed and opened again. */
export function StartDialog({ machine, isOpen, onOpenChange }: StartDialogProps) {
  const [text, setText] = useState("{}\n");
  const [name, setName] = useState("");
  const [qualifier, setQualifier] = useState("");
  const start = useStart();
  const navigate = useNavigate();
  const input = readJson(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (input.fault !== undefined) return;
    const target = qualifier === "" ? machine.name : `${machine.name}:${qualifier}`;
    start.mutate(
      { target, name, input: input.value },
      {
        onSuccess: (execution) => {
          // An Express execution has no page to go to.
          if (execution.name === undefined) return;
          onOpenChange(false);
          setName("");
          void navigate({ to: "/workflows/$machine/executions/$execution", params: { machine: machine.name, execution: execution.name } });
        },
      },
    );
  };
  return (
    <Dialog title={`Start ${machine.name}`} isOpen={isOpen} onOpenChange={onOpenChange}>
      <form onSubmit={submit} style={{ display: "contents" }}>
        <Field label="Name (made when it is empty)">
          {(id) => <TextInput id={id} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="On">{(id) => <TargetSelect id={id} machine={machine.name} value={qualifier} onChange={setQualifier} />}</Field>
        <CodeEditor label="Input" text={text} onChange={setText} isInvalid={input.fault !== undefined} />
        {input.fault !== undefined && <Notice tone="danger" title="The input is no JSON.">{input.fault}</Notice>}
        {start.data && start.data.name === undefined && <Notice title="It was started.">Express executions are not kept.</Notice>}
        {start.error && <ErrorNotice error={start.error} />}
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" type="submit" disabled={start.isPending || input.fault !== undefined}>
            {start.isPending ? "Starting…" : "Start"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function TargetSelect({ id, machine, value, onChange }: { id: string; machine: string; value: string; onChange: (value: string) => void }) {
  const versions = useQuery(versionsQuery(machine)).data ?? [];
  const aliases = useQuery(aliasesQuery(machine)).data ?? [];
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">the present definition</option>
      {aliases.map((alias) => (
        <option key={alias.name} value={alias.name}>
          alias {alias.name}
        </option>
      ))}
      {versions.map(({ version }) => (
        <option key={version} value={version}>
          version {version}
        </option>
      ))}
    </Select>
  );
}
