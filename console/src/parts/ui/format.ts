const kDateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const kAge = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const kInteger = new Intl.NumberFormat("en");

const kAgeUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formatInteger(value: number): string {
  return kInteger.format(value);
}

export function formatDateTime(at: string): string {
  return kDateTime.format(new Date(at));
}

/** `now`, `3 min. ago`, `yesterday`: of a time that another clock wrote, so the future counts as now. */
export function formatAge(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const unit = kAgeUnits.find(([, size]) => seconds >= size);
  return unit ? kAge.format(-Math.floor(seconds / unit[1]), unit[0]) : "just now";
}

/** `840 ms`, `2.2 s`, `3 min 05 s`, `2 h 04 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const pair = (high: number, low: number, units: [string, string]) =>
    `${high} ${units[0]} ${String(low).padStart(2, "0")} ${units[1]}`;
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), seconds % 60, ["min", "s"]);
  return pair(Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), ["h", "min"]);
}

/** A message of the server with a capital first letter, unless it begins with a name, a path or code. */
export function sentence(message: string): string {
  return /^[a-z]+[ ,:]/.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
}

/** A text on one line, cut to `limit` characters. */
export function oneLine(text: string, limit: number): string {
  const line = text.slice(0, limit * 2).replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
