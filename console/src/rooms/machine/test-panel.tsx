import { type FormEvent, useState } from "react";
import { Button } from "@/parts/ui/button";
import { CodeEditor } from "@/parts/ui/code-editor";
import { Field, Select, TextInput } from "@/parts/ui/field";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { type Scope, stateNames } from "@/parts/workflow/definition";
import { readJson } from "@/parts/workflow/payload";
import styles from "./editor.module.css";
import { TestResult } from "./test-result";
import { kLevels, type TestRequest, useTestState } from "./test-state";

interface TestPanelProps {
  definition: string;
  scope: Scope;
  roleArn: string;
  /** The state that was chosen, here or in the graph. */
  chosen: string | undefined;
  onChoose: (name: string) => void;
}

type MockKind = "none" | "result" | "error";

/** Runs one state of the text by itself: with this input, these variables, and an answer in place of the world's. */
export function TestPanel({ definition, scope, roleArn, chosen, onChoose }: TestPanelProps) {
  const names = stateNames(scope);
  const stateName = names.find((name) => name === chosen) ?? scope.StartAt ?? names[0] ?? "";
  const [input, setInput] = useState("{}");
  const [variables, setVariables] = useState("{}");
  const [level, setLevel] = useState<TestRequest["inspectionLevel"]>("TRACE");
  const [mockKind, setMockKind] = useState<MockKind>("none");
  const [result, setResult] = useState("{}");
  const [error, setError] = useState("States.TaskFailed");
  const [cause, setCause] = useState("");
  const test = useTestState();
  const payloads = [["input", input], ["variables", variables], ...(mockKind === "result" ? [["result", result]] : [])] as [string, string][];
  const broken = payloads.find(([, text]) => readJson(text).fault !== undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (broken) return;
    test.mutate({
      definition,
      stateName,
      roleArn,
      input,
      inspectionLevel: level,
      ...(variables.trim() === "{}" ? {} : { variables }),
      ...(mockKind === "result" ? { mock: { result } } : {}),
      ...(mockKind === "error" ? { mock: { errorOutput: { error, cause } } } : {}),
    });
  };
  return (
    <section className={styles.test} aria-labelledby="test-state">
      <h2 id="test-state">Test a state</h2>
      <form onSubmit={submit} className={styles.testForm}>
        <div className={styles.testRow}>
          <Field label="State">
            {(id) => (
              <Select id={id} value={stateName} onChange={(event) => onChoose(event.target.value)}>
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Inspection">
            {(id) => (
              <Select id={id} value={level} onChange={(event) => setLevel(event.target.value as typeof level)}>
                {kLevels.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Answer">
            {(id) => (
              <Select id={id} value={mockKind} onChange={(event) => setMockKind(event.target.value as MockKind)}>
                <option value="none">of the world</option>
                <option value="result">a result</option>
                <option value="error">an error</option>
              </Select>
            )}
          </Field>
          <Button type="submit" disabled={test.isPending || broken !== undefined}>
            <Icon name="play" />
            {test.isPending ? "Testing…" : "Test"}
          </Button>
        </div>
        <div className={styles.testRow}>
          <Payload label="Input of the state" text={input} onChange={setInput} />
          <Payload label="Variables" text={variables} onChange={setVariables} />
          {mockKind === "result" && <Payload label="Result" text={result} onChange={setResult} />}
          {mockKind === "error" && (
            <div className={styles.mockError}>
              <Field label="Error">{(id) => <TextInput id={id} value={error} required onChange={(event) => setError(event.target.value)} />}</Field>
              <Field label="Cause">{(id) => <TextInput id={id} value={cause} onChange={(event) => setCause(event.target.value)} />}</Field>
            </div>
          )}
        </div>
        {broken && <Notice tone="warning" title={`The ${broken[0]} is no JSON.`} />}
      </form>
      {test.error && <ErrorNotice error={test.error} />}
      {test.data && <TestResult answer={test.data} />}
    </section>
  );
}

function Payload({ label, text, onChange }: { label: string; text: string; onChange: (text: string) => void }) {
  return (
    <div className={styles.payload}>
      <span aria-hidden="true">{label}</span>
      <CodeEditor label={label} size="low" text={text} onChange={onChange} isInvalid={readJson(text).fault !== undefined} />
    </div>
  );
}
