import { useEffect } from "react";

/** Names the page in the tab and for screen readers. */
export function useTitle(...parts: (string | undefined)[]): void {
  const title = [...parts.filter(Boolean), "soma"].join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
