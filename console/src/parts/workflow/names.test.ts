import { expect, test } from "vitest";
import { executionOfArn, qualifierOf } from "./names";

test("an execution's ARN names its machine and itself", () => {
  const arn = "arn:aws:states:us-east-1:000000000000:execution:greet:first";
  expect(executionOfArn(arn)).toEqual({ machine: "greet", execution: "first" });
});

test.each(["greet", "arn:aws:states:us-east-1:000000000000:express:greet:1:2", "arn:aws:states:us-east-1:000000000000:execution:greet"])(
  "%s names no execution",
  (arn) => expect(executionOfArn(arn)).toBeUndefined(),
);

test("an ARN ends with its version or alias", () => {
  expect(qualifierOf("arn:aws:states:us-east-1:000000000000:stateMachine:greet:3")).toBe("3");
});
