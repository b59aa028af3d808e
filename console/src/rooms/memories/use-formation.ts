import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Memory } from "@/parts/api/types";
import { createStreamHook, type Followed } from "@/parts/stream/use-stream";
import { type Formation, formationSource, kChangesAtFirst, keyOf, kNothingFormed, type Reading } from "./formation";
import { memoryQuery } from "./queries";

const useStream = createStreamHook(formationSource, kNothingFormed);

interface Opened extends Reading {
  /** What comes after this change is new to the reader. */
  readonly since: number;
}

export interface Forming {
  query: UseQueryResult<Memory, Error>;
  stream: Followed<Formation>;
  since: number;
  /** Which reading of the memory this is, from 0: it grows when something was forgotten. */
  reading: number;
  /** Reads from further back; nothing when all is here. */
  showOlder: (() => void) | undefined;
  /** Reads anew, after something was forgotten. */
  readAgain: () => void;
}

/** A memory and what it holds, live. */
export function useFormation(memoryId: string): Forming {
  const query = useQuery(memoryQuery(memoryId));
  const [opened, setOpened] = useState<Opened>();
  if (!opened && query.data) setOpened(openingOf(query.data));
  const stream = useStream(opened && keyOf(opened));
  if (opened && query.data && isForgotten(query.data, opened, stream)) setOpened({ ...opened, reading: opened.reading + 1, since: query.data.lastChange });
  const readAgain = () => {
    void query.refetch();
    setOpened((now) => now && { ...now, reading: now.reading + 1, since: Math.max(now.since, stream.change) });
  };
  const showOlder = () => setOpened((now) => now && { ...now, start: Math.max(0, now.start - kChangesAtFirst), since: stream.change });
  return {
    query,
    stream,
    since: opened?.since ?? 0,
    reading: opened?.reading ?? 0,
    readAgain,
    showOlder: opened && opened.start > 0 ? showOlder : undefined,
  };
}

function openingOf({ id, events, records, lastChange }: Memory): Opened {
  const isSmall = events + records <= kChangesAtFirst;
  return { memoryId: id, start: isSmall ? 0 : Math.max(0, lastChange - kChangesAtFirst), reading: 0, since: lastChange };
}

/** There is less in the memory than is shown, and it was counted after the last thing that is shown. */
function isForgotten({ events, records, lastChange }: Memory, { start }: Opened, held: Formation): boolean {
  return start === 0 && lastChange >= held.change && (events < held.events.length || records < held.records.size);
}
