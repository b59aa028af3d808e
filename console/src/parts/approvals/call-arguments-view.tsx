import { type ReactNode, useState } from "react";
import { Button } from "@/parts/ui/button";
import { CodeBlock, JsonBlock } from "@/parts/ui/code";
import { formatInteger, revealHidden } from "@/parts/ui/format";
import styles from "./approvals.module.css";
import { beginningOf, splitArguments } from "./call-arguments";

/** The exact arguments of a call: a command as a command line, everything else as JSON, what is long folded. */
export function CallArguments({ input }: { input: unknown }) {
  const { command, rest } = splitArguments(input);
  return (
    <div className={styles.arguments}>
      {command !== undefined && (
        <Folded text={command} label="command">
          {(text) => (
            <CodeBlock text={command} label="command" isOneOfMany>
              <span className={styles.dollar} aria-hidden="true">
                ${" "}
              </span>
              {revealHidden(text)}
            </CodeBlock>
          )}
        </Folded>
      )}
      {(rest !== undefined || command === undefined) && (
        <Folded text={JSON.stringify(rest, null, 2) ?? ""} label="arguments">
          {(text, isWhole) =>
            isWhole ? (
              <JsonBlock value={rest} label="arguments" isExact isOneOfMany />
            ) : (
              <CodeBlock text={revealHidden(text)} label="arguments" isOneOfMany />
            )
          }
        </Folded>
      )}
    </div>
  );
}

interface FoldedProps {
  text: string;
  label: string;
  children: (text: string, isWhole: boolean) => ReactNode;
}

function Folded({ text, label, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(false);
  const beginning = beginningOf(text);
  if (beginning === undefined) return children(text, true);
  const more = formatInteger(text.length - beginning.length);
  return (
    <div>
      {children(isOpen ? text : `${beginning}…`, isOpen)}
      <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? `Less of the ${label}` : `All of the ${label}: ${more} more characters`}
      </Button>
    </div>
  );
}
