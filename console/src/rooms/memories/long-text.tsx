import { useState } from "react";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { formatInteger } from "@/parts/ui/format";
import styles from "./memories.module.css";

/** A longer text is cut, and the rest is a press away. */
const kCharsAtFirst = 600;

export function LongText({ text, isCode = false }: { text: string; isCode?: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > kCharsAtFirst;
  return (
    <div className={classes(styles.text, isCode && styles.code)}>
      {isCut ? `${text.slice(0, kCharsAtFirst)}…` : text}
      {isCut && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          Show all ({formatInteger(text.length - kCharsAtFirst)} more characters)
        </Button>
      )}
    </div>
  );
}
