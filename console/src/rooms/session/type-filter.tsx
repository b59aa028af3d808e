import type { JournalEvent } from "@/parts/api/types";
import { classes } from "@/parts/ui/classes";
import { formatInteger } from "@/parts/ui/format";
import styles from "./session.module.css";

interface TypeFilterProps {
  events: readonly JournalEvent[];
  /** The types shown; all when it is empty. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** A switch per type of event that the journal has, with how many there are. */
export function TypeFilter({ events, chosen, onChange }: TypeFilterProps) {
  const counts = new Map<string, number>();
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  const toggle = (type: string) =>
    onChange(chosen.includes(type) ? chosen.filter((other) => other !== type) : [...chosen, type]);
  return (
    <div className={styles.filter} role="group" aria-label="Show only">
      {[...counts].map(([type, count]) => (
        <button
          key={type}
          type="button"
          className={classes(styles.chip, styles[actorOf(type)])}
          aria-pressed={chosen.includes(type)}
          onClick={() => toggle(type)}
        >
          {type}
          <span>{formatInteger(count)}</span>
        </button>
      ))}
      {chosen.length > 0 && (
        <button type="button" className={styles.chip} onClick={() => onChange([])}>
          Show all
        </button>
      )}
    </div>
  );
}

/** Who acts in an event, which is what its colour says: `model`, `tool`, `stream`, or the `harness` itself. */
export function actorOf(type: string): "model" | "tool" | "stream" | "harness" {
  if (type.startsWith("model.")) return "model";
  if (type.startsWith("tool.")) return "tool";
  return type === "stream" ? "stream" : "harness";
}
