import { CodeBlock } from "@/parts/ui/code";
import { Empty } from "@/parts/ui/empty";
import styles from "./approvals-room.module.css";

const kExample = `"approvals": {
  "rules": [
    {
      "tool": "shell",
      "arguments": { "command": "git push*" },
      "decision": "ask",
      "reason": "What leaves this machine is looked at first"
    }
  ],
  "timeoutSeconds": 3600
}`;

/** What the room is for, and how something comes to be here. */
export function NothingWaits() {
  return (
    <Empty title="Nothing waits for an answer">
      <p>
        An approval is a tool call that an agent may make only when somebody says yes. Until then its session waits, over restarts too.
        Which calls are asked about is a matter of the harness's configuration:
      </p>
      <div className={styles.example}>
        <CodeBlock text={kExample} label="configuration" isSource />
      </div>
      <p>A call that no rule fits is allowed, unless the approvals have another default. An answer that does not come in time is a no.</p>
    </Empty>
  );
}
