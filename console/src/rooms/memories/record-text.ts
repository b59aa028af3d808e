// What a record says, taken apart: strategies write sentences, JSON objects or topics. A text of another shape, which a client
// may have written, is shown as it is.

export type RecordText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "preference"; readonly context: string; readonly preference: string; readonly categories: readonly string[] }
  | { readonly kind: "topics"; readonly topics: readonly Topic[] }
  | { readonly kind: "episode"; readonly situation: string; readonly intent: string; readonly assessment: string; readonly justification: string; readonly reflection: string; readonly actions: readonly Action[] }
  | { readonly kind: "reflection"; readonly title: string; readonly useCases: string; readonly hints: string; readonly confidence: number | undefined };

export interface Topic {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Action {
  readonly tool: string;
  readonly arguments: string;
  readonly status: string;
}

/** The word for a record of each kind. */
export const kKindWords: Record<RecordText["kind"], string> = {
  text: "Fact",
  preference: "Preference",
  topics: "Summary",
  episode: "Episode",
  reflection: "Reflection",
};

const kTopic = /<topic name="([^"]*)">\n?([\s\S]*?)<\/topic>/g;

export function parseRecord(text: string): RecordText {
  const plain: RecordText = { kind: "text", text };
  if (text.startsWith("<topic")) return parseTopics(text) ?? plain;
  if (!text.startsWith("{")) return plain;
  return parseObject(text) ?? plain;
}

function parseTopics(text: string): RecordText | undefined {
  const topics = [...text.matchAll(kTopic)].map(([, name = "", body = ""]) => ({
    name: unescape(name),
    lines: body.split("\n").map(unescape).filter((line) => line.trim() !== ""),
  }));
  return topics.length === 0 ? undefined : { kind: "topics", topics };
}

const kEntities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#39;": "'", "&amp;": "&" };

function unescape(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|#39|amp);/g, (entity) => kEntities[entity] ?? entity);
}

function parseObject(text: string): RecordText | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // a sentence that begins with a brace
  }
  if (!isObject(value)) return undefined;
  if (typeof value["preference"] === "string") {
    return { kind: "preference", context: textOf(value["context"]), preference: value["preference"], categories: listOf(value["categories"]).map(textOf) };
  }
  if (typeof value["situation"] === "string") {
    const [situation, intent, assessment, justification, reflection] = ["situation", "intent", "assessment", "justification", "reflection"].map((key) => textOf(value[key]));
    const actions = listOf(value["actions"]).flatMap(parseAction);
    return { kind: "episode", situation: situation ?? "", intent: intent ?? "", assessment: assessment ?? "", justification: justification ?? "", reflection: reflection ?? "", actions };
  }
  if (typeof value["title"] !== "string") return undefined;
  const confidence = Number(value["confidence"]);
  return {
    kind: "reflection",
    title: value["title"],
    useCases: textOf(value["use_cases"]),
    hints: textOf(value["hints"]),
    confidence: Number.isFinite(confidence) ? confidence : undefined,
  };
}

function parseAction(value: unknown): Action[] {
  if (!isObject(value)) return [];
  return [{ tool: textOf(value["tool"]), arguments: textOf(value["arguments"]), status: textOf(value["status"]) }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
