import { useEffect, useState } from "react";
import { Button } from "./button";
import { Icon } from "./icons";

const kShownMs = 1_600;

/** Copies a text. Says so for a moment; says too when the browser did not allow it. */
export function CopyButton({ text, what }: { text: string | (() => string); what: string }) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), kShownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () => {
    const content = typeof text === "string" ? text : text();
    writeText(content).then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  };
  const label = outcome === "copied" ? "Copied" : outcome === "failed" ? "Copying was refused" : `Copy ${what}`;
  return (
    <Button look="quiet" isIcon onClick={copy} aria-label={label} title={label}>
      <Icon name={outcome === "copied" ? "check" : outcome === "failed" ? "cross" : "copy"} />
    </Button>
  );
}

async function writeText(text: string): Promise<void> {
  // The clipboard is there only in a secure context: loopback is one, a plain http address of another host is not.
  if (!("clipboard" in navigator)) throw new Error("no clipboard");
  await navigator.clipboard.writeText(text);
}
