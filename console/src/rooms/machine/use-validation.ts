import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { request } from "@/parts/api/client";
import type { Diagnostic, Machine } from "@/parts/api/types";

/** Long enough that nothing is asked within a word. */
const kPauseMs = 300;
const kKeptMs = 10_000;

interface Verdict {
  valid: boolean;
  diagnostics: Diagnostic[];
  truncated: boolean;
}

export interface Validation {
  verdict: Verdict | undefined;
  /** False while the verdict is of an earlier text. */
  isFresh: boolean;
  error: Error | null;
}

/** What the server says of a definition, anew when the writing pauses. */
export function useValidation(text: string, type: Machine["type"]): Validation {
  const settled = useSettled(text);
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["workflow", "validate", type, settled],
    queryFn: ({ signal }) =>
      request<Verdict>("/api/workflow/validate", { method: "POST", body: JSON.stringify({ definition: settled, type }), signal }),
    staleTime: Infinity,
    gcTime: kKeptMs,
    placeholderData: keepPreviousData,
  });
  return { verdict: data, isFresh: settled === text && !isPlaceholderData, error };
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), kPauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
