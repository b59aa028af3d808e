import { Field, Select, TextInput } from "@/parts/ui/field";
import styles from "./editor.module.css";
import { type Check, kChecks, type MockDraft } from "./mock";
import { PayloadEditor } from "./payload-editor";

interface MockFieldsProps {
  mock: MockDraft;
  onChange: (mock: MockDraft) => void;
}

/** Who answers the state that is tested. */
export function MockChoice({ mock, onChange }: MockFieldsProps) {
  return (
    <Field label="Answer">
      {(id) => (
        <Select id={id} value={mock.kind} onChange={(event) => onChange({ ...mock, kind: event.target.value as MockDraft["kind"] })}>
          <option value="none">of the world</option>
          <option value="result">a result</option>
          <option value="error">an error</option>
        </Select>
      )}
    </Field>
  );
}

/** What is answered in the world's place. */
export function MockFields({ mock, onChange }: MockFieldsProps) {
  if (mock.kind === "none") return null;
  if (mock.kind === "result") {
    return (
      <>
        <PayloadEditor label="Result" text={mock.result} onChange={(result) => onChange({ ...mock, result })} />
        <Field label="The result is checked" className={styles.atTop}>
          {(id) => (
            <Select id={id} value={mock.check} onChange={(event) => onChange({ ...mock, check: event.target.value as Check })}>
              {Object.entries(kChecks).map(([check, words]) => (
                <option key={check} value={check}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </>
    );
  }
  return (
    <div className={styles.mockError}>
      <Field label="Error">
        {(id) => <TextInput id={id} value={mock.error} required onChange={(event) => onChange({ ...mock, error: event.target.value })} />}
      </Field>
      <Field label="Cause">
        {(id) => <TextInput id={id} value={mock.cause} onChange={(event) => onChange({ ...mock, cause: event.target.value })} />}
      </Field>
    </div>
  );
}
