import type { MemoryEvent } from "@/parts/api/types";

/** More are not offered: a list of thousands is not chosen from. */
const kMostOffered = 500;

/** Who spoke, in the order of their names. */
export function actorsOf(events: readonly MemoryEvent[]): string[] {
  return sorted(events.map(({ actorId }) => actorId));
}

/** The sessions of an actor, or of all. */
export function sessionsOf(events: readonly MemoryEvent[], actor: string | undefined): string[] {
  return sorted(events.flatMap(({ actorId, sessionId }) => (actor === undefined || actorId === actor ? [sessionId] : [])));
}

function sorted(names: string[]): string[] {
  return [...new Set(names)].sort().slice(0, kMostOffered);
}
