import { type FormEvent, type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef } from "react";
import { Button } from "@/parts/ui/button";
import { Icon } from "@/parts/ui/icons";
import styles from "./composer.module.css";

const kTallestPx = 240;

interface ComposerProps {
  draft: string;
  onDraft: (draft: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
  isRunning: boolean;
  isStopping: boolean;
  /** A prompt is on its way: a second one waits. */
  isBusy: boolean;
  /** A call waits for an approval: nothing goes on until somebody answers. */
  isWaiting: boolean;
  /** Stands under the prompt: who answers it. */
  model: ReactNode;
}

/** Where the reader writes. Enter sends, Shift+Enter begins a line, `/` comes here from anywhere in the room. */
export function Composer({ draft, onDraft, onSend, onStop, isRunning, isStopping, isBusy, isWaiting, model }: ComposerProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  useFocusOnSlash(area);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, kTallestPx)}px`;
  }, [draft]);

  const canSend = draft.trim() !== "" && !isRunning && !isBusy;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (canSend) onSend(draft.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    submit(event);
  };
  return (
    <div>
      <form className={styles.composer} onSubmit={submit}>
        <textarea
          ref={area}
          className={styles.area}
          rows={1}
          value={draft}
          placeholder={isWaiting ? "Waiting for an approval" : "Ask for something to be done"}
          aria-label="Prompt"
          aria-describedby={hintId}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {isRunning ? (
          <Button isIcon onClick={onStop} disabled={isStopping} aria-label="Stop" title="Stop">
            <Icon name="stop" fill="currentColor" />
          </Button>
        ) : (
          <Button look="primary" isIcon type="submit" disabled={!canSend} aria-label="Send" title="Send">
            <Icon name="send" />
          </Button>
        )}
      </form>
      <div className={styles.below}>
        {model}
        <p id={hintId} className={styles.hint}>
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> begins a new line, <kbd>/</kbd> comes back here
        </p>
      </div>
    </div>
  );
}

function useFocusOnSlash(area: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest("input, textarea, select, [contenteditable], [role=dialog]")) return;
      event.preventDefault();
      area.current?.focus();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [area]);
}
