/** The line of a definition's text, counted from 1, where the state of this name begins; nothing when it is not found. */
export function lineOfState(text: string, name: string): number | undefined {
  const key = JSON.stringify(name).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const at = text.search(new RegExp(`${key}\\s*:\\s*\\{`));
  return at < 0 ? undefined : text.slice(0, at).split("\n").length;
}
