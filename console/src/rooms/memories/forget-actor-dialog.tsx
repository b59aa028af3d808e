import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import type { Memory } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Field, TextInput } from "@/parts/ui/field";
import { formatInteger } from "@/parts/ui/format";
import { ErrorNotice } from "@/parts/ui/notice";
import type { Formation } from "./formation";
import styles from "./memories.module.css";
import { actorsOf } from "./people";
import { forgetActor } from "./queries";
import { isForgottenWith } from "./selection";

interface ForgetActorDialogProps {
  memory: Memory;
  held: Formation;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** With what was forgotten, in words. */
  onForgotten: (what: string) => void;
}

/** Asks whom to forget, and says what goes along. */
export function ForgetActorDialog({ memory, held, isOpen, onOpenChange, onForgotten }: ForgetActorDialogProps) {
  const [written, setWritten] = useState("");
  const names = useId();
  const actor = written.trim();
  const mutation = useMutation({
    mutationFn: (who: string) => forgetActor(memory.id, who),
    onSuccess: ({ events, records }, who) => {
      onForgotten(`Forgotten of ${who}: ${amountOf(events, records)}.`);
      close();
    },
  });
  const close = () => {
    mutation.reset();
    setWritten("");
    onOpenChange(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (actor !== "" && !mutation.isPending) mutation.mutate(actor);
  };
  return (
    <Dialog
      title="Forget an actor?"
      description="All events of the actor go for good, and the records of every namespace that is made of the actor's id. This cannot be undone."
      isOpen={isOpen}
      onOpenChange={(open) => (open ? onOpenChange(true) : close())}
    >
      <form className={styles.form} onSubmit={submit}>
        <Field label="Actor">{(id) => <TextInput id={id} list={names} value={written} onChange={(event) => setWritten(event.target.value)} />}</Field>
        <datalist id={names}>
          {actorsOf(held.events).map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <p className={styles.toll} role="status">
          {tollOf(actor, memory, held)}
        </p>
        {mutation.error && <ErrorNotice error={mutation.error} />}
        <DialogActions>
          <Button onClick={close}>Keep</Button>
          <Button type="submit" look="danger" disabled={actor === "" || mutation.isPending}>
            Forget {actor}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** What is known here of that which goes. */
function tollOf(actor: string, memory: Memory, held: Formation): string {
  if (actor === "") return "Name the actor to see what goes.";
  const events = held.events.filter(({ actorId }) => actorId === actor).length;
  const goes = isForgottenWith(actor, memory);
  const records = [...held.records.values()].filter(({ record }) => goes(record)).length;
  if (events + records === 0) return `Nothing of ${actor} is shown here.`;
  return `Goes, of what is shown here: ${amountOf(events, records)}.`;
}

function amountOf(events: number, records: number): string {
  return `${events === 1 ? "1 event" : `${formatInteger(events)} events`} and ${records === 1 ? "1 record" : `${formatInteger(records)} records`}`;
}
