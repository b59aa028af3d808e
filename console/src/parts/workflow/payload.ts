/** A text as JSON: its value, or what is wrong with it. */
export function readJson(text: string): { value?: unknown; fault?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** What a payload says: the JSON that its text is, else the text. */
export function valueOf(payload: unknown): unknown {
  if (typeof payload !== "string") return payload;
  const { value, fault } = readJson(payload);
  return fault === undefined ? value : payload;
}
