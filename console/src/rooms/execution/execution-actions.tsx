import { type FormEvent, useState } from "react";
import type { Execution, ExecutionStatus } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Field, TextInput } from "@/parts/ui/field";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice } from "@/parts/ui/notice";
import { useChange } from "./queries";

const kRedrivable: readonly ExecutionStatus[] = ["FAILED", "ABORTED", "TIMED_OUT"];

/** Stop while it runs, redrive when it did not succeed; each asks first. */
export function ExecutionActions({ execution }: { execution: Execution }) {
  const [asked, setAsked] = useState<"stop" | "redrive">();
  const status = execution.status ?? "RUNNING";
  const close = () => setAsked(undefined);
  return (
    <>
      {status === "RUNNING" && (
        <Button look="danger" onClick={() => setAsked("stop")}>
          <Icon name="stop" />
          Stop
        </Button>
      )}
      {kRedrivable.includes(status) && (
        <Button onClick={() => setAsked("redrive")}>
          <Icon name="play" />
          Redrive
        </Button>
      )}
      {asked === "stop" && <StopDialog execution={execution} onClose={close} />}
      {asked === "redrive" && <RedriveDialog execution={execution} onClose={close} />}
    </>
  );
}

interface ChangeDialogProps {
  execution: Execution;
  onClose: () => void;
}

function StopDialog({ execution: { machine = "", name = "" }, onClose }: ChangeDialogProps) {
  const [cause, setCause] = useState("");
  const stop = useChange(machine, name, "stop");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    stop.mutate(cause === "" ? {} : { cause }, { onSuccess: onClose });
  };
  return (
    <Dialog title="Stop this execution?" description="What it does now is aborted. It can be redriven later." isOpen onOpenChange={onClose}>
      <form onSubmit={submit} style={{ display: "contents" }}>
        <Field label="Why (kept with it)">{(id) => <TextInput id={id} value={cause} onChange={(event) => setCause(event.target.value)} />}</Field>
        {stop.error && <ErrorNotice error={stop.error} />}
        <DialogActions>
          <Button onClick={onClose}>Go on</Button>
          <Button look="danger" type="submit" disabled={stop.isPending}>
            Stop execution
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function RedriveDialog({ execution: { machine = "", name = "" }, onClose }: ChangeDialogProps) {
  const redrive = useChange(machine, name, "redrive");
  return (
    <Dialog
      title="Redrive this execution?"
      description="It goes on with the states that did not get to their end, with the definition and input of then. What succeeded is not done again."
      isOpen
      onOpenChange={onClose}
    >
      {redrive.error && <ErrorNotice error={redrive.error} />}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={redrive.isPending} onClick={() => redrive.mutate({}, { onSuccess: onClose })}>
          Redrive execution
        </Button>
      </DialogActions>
    </Dialog>
  );
}
