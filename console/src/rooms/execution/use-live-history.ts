import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { HistoryEvent } from "@/parts/api/types";
import { type Run, useRun } from "@/parts/run/use-run";
import { executionQuery, historyQuery } from "./queries";

/** News are read together at most this often, so that a fast execution does not ask the server for each step. */
const kPauseMs = 150;

export interface LiveHistory {
  run: Run;
  events: HistoryEvent[] | undefined;
  error: Error | null;
}

/** The history of an execution, anew whenever its run's journal has grown; and that run. */
export function useLiveHistory(machine: string, execution: string, runId: string | undefined): LiveHistory {
  const client = useQueryClient();
  const run = useRun(runId);
  const options = useMemo(() => historyQuery(machine, execution), [machine, execution]);
  const history = useQuery({ ...options, enabled: runId !== undefined });
  const grown = useSettled(run.events.length);
  useEffect(() => {
    if (grown === 0) return;
    void client.invalidateQueries({ queryKey: options.queryKey });
    void client.invalidateQueries({ queryKey: executionQuery(machine, execution).queryKey });
  }, [client, options, machine, execution, grown]);
  return { run, events: history.data, error: history.error };
}

/** The value, at most one change for each pause; the last one always comes. */
function useSettled(value: number): number {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    if (settled === value) return;
    const timer = setTimeout(() => setSettled(value), kPauseMs);
    return () => clearTimeout(timer);
  }, [settled, value]);
  return settled;
}
