import type { ContentBlock, ToolContent } from "@/parts/api/types";

/** What somebody wrote as the result of a call. */
export interface WrittenResult {
  readonly text: string;
  readonly isError: boolean;
}

/** A written result as a tool's content: JSON when it is an object or a list, text in every other case. */
export function contentOf(text: string): ToolContent {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return { text };
  try {
    return { json: JSON.parse(trimmed) as unknown };
  } catch {
    return { text };
  }
}

/** The blocks of the message that answers calls: each call's result, in the order of the calls. */
export function resultBlocks(written: ReadonlyMap<string, WrittenResult>): ContentBlock[] {
  return [...written].map(([toolUseId, { text, isError }]) => ({
    toolResult: { toolUseId, status: isError ? "error" : "success", content: [contentOf(text)] },
  }));
}
