import { useMutation } from "@tanstack/react-query";
import { valueOf } from "@/parts/workflow/payload";
import { callStepFunctions } from "@/parts/workflow/step-functions";

export const kLevels = ["INFO", "DEBUG", "TRACE"] as const;

export interface TestRequest {
  definition: string;
  stateName: string;
  roleArn: string;
  /** JSON text, as the other payloads. */
  input: string;
  variables?: string;
  inspectionLevel: (typeof kLevels)[number];
  mock?: { result: string } | { errorOutput: { error: string; cause: string } };
}

export interface TestAnswer {
  status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  output?: string;
  error?: string;
  cause?: string;
  nextState?: string;
  /** What the data was after each step of the state; texts are JSON, or what came over the wire. */
  inspectionData?: Record<string, unknown>;
}

/** Runs one state of a definition by itself. Nothing is kept of it. */
export function useTestState() {
  return useMutation({ mutationFn: (test: TestRequest) => callStepFunctions<TestAnswer>("TestState", test) });
}

// The steps in the order in which a state goes through them; the level of inspection says which are told.
const kStages = [
  "input",
  "afterInputPath",
  "afterArguments",
  "afterParameters",
  "afterItemsPath",
  "afterItemsPointer",
  "afterItemSelector",
  "afterItemBatcher",
  "request",
  "response",
  "result",
  "afterResultSelector",
  "afterResultPath",
  "variables",
];

export interface Stage {
  name: string;
  value: unknown;
}

/** The steps that were told, in their order; a step that is not known here comes last. */
export function stagesOf(data: Record<string, unknown> = {}): Stage[] {
  const rankOf = (name: string) => (kStages.includes(name) ? kStages.indexOf(name) : kStages.length);
  const names = Object.keys(data).sort((a, b) => rankOf(a) - rankOf(b));
  return names.map((name) => ({ name, value: valueOf(data[name]) }));
}

/** `afterInputPath` as `after input path`. */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
