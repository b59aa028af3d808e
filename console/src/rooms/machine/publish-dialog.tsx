import { type FormEvent, useState } from "react";
import type { Machine } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Field, TextInput } from "@/parts/ui/field";
import { ErrorNotice } from "@/parts/ui/notice";
import { usePublish } from "./queries";

interface PublishDialogProps {
  machine: Machine;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Gives the present revision a number. */
export function PublishDialog({ machine, isOpen, onOpenChange }: PublishDialogProps) {
  const [description, setDescription] = useState("");
  const publish = usePublish(machine.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const version = { revisionId: machine.revisionId, ...(description === "" ? {} : { description }) };
    publish.mutate(version, {
      onSuccess: () => {
        onOpenChange(false);
        setDescription("");
      },
    });
  };
  return (
    <Dialog
      title="Publish a version"
      description="The present revision gets a number, which no other revision will ever have."
      isOpen={isOpen}
      onOpenChange={onOpenChange}
    >
      <form onSubmit={submit} style={{ display: "contents" }}>
        <Field label="Description">
          {(id) => <TextInput id={id} value={description} maxLength={256} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        {publish.error && <ErrorNotice error={publish.error} />}
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" type="submit" disabled={publish.isPending}>
            {publish.isPending ? "Publishing…" : "Publish"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
