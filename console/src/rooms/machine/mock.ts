import type { TestRequest } from "./test-state";

/** How closely a result must be what the service that the task calls would answer. */
export const kChecks = { STRICT: "as its service answers", PRESENT: "in what is there", NONE: "not at all" } as const;

export type Check = keyof typeof kChecks;

/** What answers a state that is tested: the world, or what is written here. What is not chosen is kept for when it is. */
export interface MockDraft {
  kind: "none" | "result" | "error";
  /** JSON text. */
  result: string;
  check: Check;
  error: string;
  cause: string;
}

export const kNoMock: MockDraft = { kind: "none", result: "{}", check: "STRICT", error: "States.TaskFailed", cause: "" };

export function mockOf({ kind, result, check, error, cause }: MockDraft): TestRequest["mock"] {
  if (kind === "none") return undefined;
  if (kind === "result") return { result, fieldValidationMode: check };
  return { errorOutput: { error, ...(cause === "" ? {} : { cause }) } };
}
