import { type FormEvent, useState } from "react";
import { Button } from "@/parts/ui/button";
import { Field, Select } from "@/parts/ui/field";
import { Icon } from "@/parts/ui/icons";
import { ErrorNotice, Notice } from "@/parts/ui/notice";
import { type Scope, stateNames } from "@/parts/workflow/definition";
import { readJson } from "@/parts/workflow/payload";
import styles from "./editor.module.css";
import { kNoMock, mockOf } from "./mock";
import { MockChoice, MockFields } from "./mock-fields";
import { PayloadEditor } from "./payload-editor";
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

/** Runs one state of the text by itself: with this input, these variables, and an answer in place of the world's. */
export function TestPanel({ definition, scope, roleArn, chosen, onChoose }: TestPanelProps) {
  const names = stateNames(scope);
  const stateName = names.find((name) => name === chosen) ?? scope.StartAt ?? names[0] ?? "";
  const [input, setInput] = useState("{}");
  const [variables, setVariables] = useState("{}");
  const [level, setLevel] = useState<TestRequest["inspectionLevel"]>("TRACE");
  const [mock, setMock] = useState(kNoMock);
  const test = useTestState();
  const payloads: Record<string, string> = { input, variables, ...(mock.kind === "result" ? { result: mock.result } : {}) };
  const broken = Object.keys(payloads).find((name) => readJson(payloads[name] ?? "").fault !== undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (broken !== undefined) return;
    const given = { ...(variables.trim() === "{}" ? {} : { variables }), ...(mock.kind === "none" ? {} : { mock: mockOf(mock) }) };
    test.mutate({ definition, stateName, roleArn, input, inspectionLevel: level, ...given });
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
          <MockChoice mock={mock} onChange={setMock} />
          <Button type="submit" disabled={test.isPending || broken !== undefined}>
            <Icon name="play" />
            {test.isPending ? "Testing…" : "Test"}
          </Button>
        </div>
        <div className={styles.testRow}>
          <PayloadEditor label="Input of the state" text={input} onChange={setInput} />
          <PayloadEditor label="Variables" text={variables} onChange={setVariables} />
          <MockFields mock={mock} onChange={setMock} />
        </div>
        {broken !== undefined && <Notice tone="warning" title={`The ${broken} is no JSON.`} />}
      </form>
      {test.error && <ErrorNotice error={test.error} />}
      {test.data && <TestResult answer={test.data} />}
    </section>
  );
}
