import { useMutation } from "@tanstack/react-query";
import type { MemoryRecord } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { ErrorNotice } from "@/parts/ui/notice";
import styles from "./memories.module.css";
import { forgetRecord } from "./queries";
import { RecordBody } from "./record-body";
import { parseRecord } from "./record-text";

interface ForgetRecordDialogProps {
  memoryId: string;
  /** Which one; the dialog is open while there is one. */
  record: MemoryRecord | undefined;
  onClose: () => void;
  onForgotten: () => void;
}

/** Asks before a record is forgotten. */
export function ForgetRecordDialog({ memoryId, record, onClose, onForgotten }: ForgetRecordDialogProps) {
  const mutation = useMutation({
    mutationFn: (recordId: string) => forgetRecord(memoryId, recordId),
    onSuccess: () => {
      onForgotten();
      onClose();
    },
  });
  const close = () => {
    mutation.reset();
    onClose();
  };
  return (
    <Dialog
      title="Forget this record?"
      description="This one record goes for good. The events that it was made of stay, and so does every other record."
      isOpen={record !== undefined}
      onOpenChange={close}
    >
      {record && (
        <div className={styles.doomed}>
          <RecordBody body={parseRecord(record.content.text)} />
        </div>
      )}
      {mutation.error && <ErrorNotice error={mutation.error} />}
      <DialogActions>
        <Button onClick={close}>Keep</Button>
        <Button look="danger" disabled={mutation.isPending} onClick={() => record && mutation.mutate(record.memoryRecordId)}>
          Forget
        </Button>
      </DialogActions>
    </Dialog>
  );
}
