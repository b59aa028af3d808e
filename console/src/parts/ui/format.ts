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

const kCompact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** `840`, `1.2K`, `34.1K`: where there is no room for each digit. */
export function formatCompact(value: number): string {
  return kCompact.format(value);
}

const kSmallestUsd = 0.0001;
const kDollars = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `$12.34`, `$0.56`, `$0.0012`: cents from a dollar on, two digits that say something below. */
export function formatUsd(value: number): string {
  if (value <= 0) return "$0";
  if (value < kSmallestUsd) return `< $${kSmallestUsd}`;
  if (value >= 0.995) return `$${kDollars.format(value)}`;
  const digits = value.toPrecision(2);
  return `$${digits.includes("e") ? Number(digits).toFixed(5) : digits}`;
}

/** A cost that may not be known. */
export function formatCost(costUsd: number | undefined): string {
  return costUsd === undefined ? "no price" : formatUsd(costUsd);
}

// What draws nothing, or turns the reading direction: a text could say one thing and show another.
const kHidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The text with each character that hides or reorders others spelt out, as `\u202e`. Line ends and tabs stay. */
export function revealHidden(text: string): string {
  return text.replace(kHidden, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
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
