import { useState } from "react";

export type Theme = "system" | "light" | "dark";

const kKey = "soma.theme";
const kNext: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function storedTheme(): Theme {
  const stored = localStorage.getItem(kKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Puts the reader's choice on the page; called before the first drawing. */
export function applyStoredTheme(): void {
  apply(storedTheme());
}

/** The reader's choice, kept over visits, and how to go to the next one. */
export function useTheme(): { theme: Theme; next: Theme; change: () => void } {
  const [theme, setTheme] = useState(storedTheme);
  const next = kNext[theme];
  const change = () => {
    if (next === "system") localStorage.removeItem(kKey);
    else localStorage.setItem(kKey, next);
    apply(next);
    setTheme(next);
  };
  return { theme, next, change };
}
