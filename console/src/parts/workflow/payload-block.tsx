import { CodeBlock, JsonBlock } from "@/parts/ui/code";
import styles from "./payload-block.module.css";

interface PayloadBlockProps {
  name: string;
  value: unknown;
  /** True where there are many of its kind on a page. */
  isOneOfMany?: boolean;
}

/** A payload under its name: JSON, or the text that it is. */
export function PayloadBlock({ name, value, isOneOfMany = false }: PayloadBlockProps) {
  return (
    <div className={styles.payload}>
      <h3>{name}</h3>
      {typeof value === "string" ? (
        <CodeBlock text={value} label={name} isOneOfMany={isOneOfMany} />
      ) : (
        <JsonBlock value={value ?? null} label={name} isOneOfMany={isOneOfMany} />
      )}
    </div>
  );
}
