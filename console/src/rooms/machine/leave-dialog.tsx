import { useBlocker } from "@tanstack/react-router";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";

/** Asks before a text that was not saved is left. */
export function LeaveDialog({ isDirty }: { isDirty: boolean }) {
  const blocker = useBlocker({ shouldBlockFn: () => isDirty, enableBeforeUnload: () => isDirty, withResolver: true });
  return (
    <Dialog
      title="Leave without saving?"
      description="What was written since the last saving is lost."
      isOpen={blocker.status === "blocked"}
      onOpenChange={() => blocker.reset?.()}
    >
      <DialogActions>
        <Button onClick={() => blocker.reset?.()}>Stay</Button>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </DialogActions>
    </Dialog>
  );
}
