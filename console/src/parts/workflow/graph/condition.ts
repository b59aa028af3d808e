import { isObject, listOf, type Json } from "../definition";

// How a comparison of a JSONPath rule reads, by what its operator's name ends with; the longer ends come first.
const kComparisons: [string, string][] = [
  ["LessThanEquals", "≤"],
  ["GreaterThanEquals", "≥"],
  ["LessThan", "<"],
  ["GreaterThan", ">"],
  ["Equals", "="],
  ["Matches", "~"],
];
const kTests: Record<string, string> = {
  IsNull: "null",
  IsPresent: "present",
  IsNumeric: "a number",
  IsString: "a text",
  IsBoolean: "a boolean",
  IsTimestamp: "a time",
};

/** When a Choice's rule is taken, in few characters: `$.total > 100`, `not $.done`, the expression of a JSONata rule. */
export function conditionOf(rule: Json): string {
  if (typeof rule["Condition"] === "string") return expressionOf(rule["Condition"]);
  if (rule["Condition"] !== undefined) return JSON.stringify(rule["Condition"]);
  for (const [key, word] of [["And", " and "], ["Or", " or "]] as const) {
    if (Array.isArray(rule[key])) return listOf(rule[key]).filter(isObject).map(innerOf).join(word);
  }
  if (isObject(rule["Not"])) return `not ${innerOf(rule["Not"])}`;
  return comparisonOf(rule);
}

/** What stands between `{%` and `%}`. */
export function expressionOf(text: string): string {
  return /^\{%(.*)%\}$/s.exec(text.trim())?.[1]?.trim() ?? text;
}

function innerOf(rule: Json): string {
  const text = conditionOf(rule);
  return "And" in rule || "Or" in rule ? `(${text})` : text;
}

function comparisonOf(rule: Json): string {
  const variable = typeof rule["Variable"] === "string" ? rule["Variable"] : "?";
  for (const [key, value] of Object.entries(rule)) {
    const test = kTests[key];
    if (test !== undefined) return `${variable} is ${value === false ? "not " : ""}${test}`;
    const operator = key.endsWith("Path") ? key.slice(0, -"Path".length) : key;
    const sign = kComparisons.find(([end]) => operator.endsWith(end))?.[1];
    if (sign !== undefined) return `${variable} ${sign} ${operator === key ? JSON.stringify(value) : String(value)}`;
  }
  return variable;
}
