import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError } from "@/parts/api/client";
import { Button } from "@/parts/ui/button";
import type { CodeEditorHandle } from "@/parts/ui/code-editor";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { ErrorNotice } from "@/parts/ui/notice";
import { JsonEditor } from "./json-editor";
import { locateFaults } from "./locate-faults";
import { useCreateHarness } from "./queries";

const kTemplate = `{
  "harnessName": "browseragent",
  "model": { "provider": "reflex" },
  "tools": [
    { "type": "agentcore_browser", "name": "browser" }
  ],
  "systemPrompt": "You are a web browsing assistant."
}
`;

interface CreateDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

/** Makes a harness from JSON. What was written stays when the dialog is closed and opened again. */
export function CreateDialog({ isOpen, onOpenChange }: CreateDialogProps) {
  const [text, setText] = useState(kTemplate);
  const create = useCreateHarness();
  const navigate = useNavigate();
  const editor = useRef<CodeEditorHandle>(null);
  const faults = create.error ? locateFaults(create.error.message) : [];
  const hint = create.error instanceof ApiError ? create.error.body.hint : undefined;

  const firstLine = faults[0]?.line;
  useEffect(() => {
    if (firstLine !== undefined) editor.current?.selectLine(firstLine);
  }, [firstLine]);

  const change = (next: string) => {
    setText(next);
    create.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(text, {
      onSuccess: ({ harnessId }) => navigate({ to: "/agents/$harness", params: { harness: harnessId } }),
    });
  };
  return (
    <Dialog
      title="New harness"
      description="A name, a model, and the tools it may use. The built-in tools shell and file_operations are always there."
      isOpen={isOpen}
      onOpenChange={onOpenChange}
    >
      <form onSubmit={submit} style={{ display: "contents" }}>
        <JsonEditor ref={editor} label="Harness configuration" text={text} onChange={change} faults={faults} hint={hint} />
        {create.error && faults.length === 0 && <ErrorNotice error={create.error} />}
        <DialogActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button look="primary" type="submit" disabled={create.isPending}>
            {create.isPending ? "Creating…" : "Create"}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
