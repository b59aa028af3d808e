import { expect, test } from "vitest";
import { conditionOf } from "./condition";

test.each([
  [{ Variable: "$.n", NumericLessThanEquals: 3 }, "$.n ≤ 3"],
  [{ Variable: "$.s", StringEquals: "x" }, '$.s = "x"'],
  [{ Variable: "$.a", NumericEqualsPath: "$.b" }, "$.a = $.b"],
  [{ Variable: "$.s", StringMatches: "log-*" }, '$.s ~ "log-*"'],
  [{ Variable: "$.v", IsPresent: true }, "$.v is present"],
  [{ Variable: "$.v", IsNull: false }, "$.v is not null"],
  [{ Not: { Variable: "$.done", BooleanEquals: true } }, "not $.done = true"],
  [{ And: [{ Variable: "$.a", IsPresent: true }, { Or: [{ Variable: "$.b", NumericGreaterThan: 1 }, { Variable: "$.c", NumericLessThan: 2 }] }] }, "$.a is present and ($.b > 1 or $.c < 2)"],
  [{ Condition: "{% $states.input.total > 100 %}" }, "$states.input.total > 100"],
  [{ Condition: true }, "true"],
  [{}, "?"],
])("%j reads as %s", (rule, text) => {
  expect(conditionOf(rule)).toBe(text);
});
