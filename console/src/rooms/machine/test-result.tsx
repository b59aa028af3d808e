import { Badge, type Tone } from "@/parts/ui/badge";
import { valueOf } from "@/parts/workflow/payload";
import { PayloadBlock } from "@/parts/workflow/payload-block";
import styles from "./editor.module.css";
import { stagesOf, type TestAnswer, wordsOf } from "./test-state";

const kTones: Record<TestAnswer["status"], Tone> = { SUCCEEDED: "success", FAILED: "danger", RETRIABLE: "warning", CAUGHT_ERROR: "warning" };
const kWords: Record<TestAnswer["status"], string> = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  RETRIABLE: "would be tried again",
  CAUGHT_ERROR: "error caught",
};

/** How the state went: its status, where it leads, its output, and the data after each of its steps. */
export function TestResult({ answer }: { answer: TestAnswer }) {
  const { status, output, error, cause, nextState, inspectionData } = answer;
  return (
    <div className={styles.result} role="region" aria-label="Result of the test">
      <p className={styles.verdict}>
        <Badge tone={kTones[status] ?? "neutral"}>{kWords[status] ?? status}</Badge>
        {nextState !== undefined && <span>next is {nextState}</span>}
        {error !== undefined && <code>{error}</code>}
        {cause !== undefined && <span>{cause}</span>}
      </p>
      <div className={styles.stages}>
        {output !== undefined && <PayloadBlock name="output" value={valueOf(output)} isOneOfMany />}
        {stagesOf(inspectionData).map(({ name, value }) => (
          <PayloadBlock key={name} name={wordsOf(name)} value={value} isOneOfMany />
        ))}
      </div>
    </div>
  );
}
