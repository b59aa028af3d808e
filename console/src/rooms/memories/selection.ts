// Which events and records are shown, and whose they are.
import type { Memory, MemoryEvent, MemoryRecord } from "@/parts/api/types";

export interface Selection {
  readonly actor?: string | undefined;
  readonly session?: string | undefined;
  readonly strategy?: string | undefined;
}

export function showsEvent({ actor, session }: Selection, event: MemoryEvent): boolean {
  return (actor === undefined || event.actorId === actor) && (session === undefined || event.sessionId === session);
}

/**
 * A record is an actor's or a session's when its namespace is made of the id, or when one of the messages that say so is theirs.
 */
export function showsRecord({ actor, session, strategy }: Selection, record: MemoryRecord, eventsById: ReadonlyMap<string, MemoryEvent>): boolean {
  if (strategy !== undefined && record.memoryStrategyId !== strategy) return false;
  const sources = (record.sources ?? []).flatMap((source) => eventsById.get(eventOf(source)) ?? []);
  const isActors = actor === undefined || isNamed(record, actor) || sources.some((event) => event.actorId === actor);
  return isActors && (session === undefined || isNamed(record, session) || sources.some((event) => event.sessionId === session));
}

/** The id of the event that a source, `<event id>/<index>`, is of. */
export function eventOf(source: string): string {
  return source.slice(0, source.lastIndexOf("/"));
}

function isNamed({ namespaces }: MemoryRecord, id: string): boolean {
  return namespaces.some((namespace) => `/${namespace}/`.includes(`/${id}/`));
}

/** Whether forgetting an actor takes a record with it: its namespace is one that the memory makes of the actor's id. */
export function isForgottenWith(actor: string, { strategies }: Memory): (record: MemoryRecord) => boolean {
  const patterns = strategies.flatMap((strategy) => {
    const reflections = strategy.configuration?.reflection?.episodicReflectionConfiguration?.namespaceTemplates ?? [];
    return [...(strategy.namespaceTemplates ?? []), ...reflections].filter((template) => template.includes("{actorId}")).map((template) => patternOf(template, actor, strategy.strategyId));
  });
  return ({ namespaces }) => namespaces.some((namespace) => patterns.some((pattern) => pattern.test(namespace)));
}

function patternOf(template: string, actor: string, strategyId: string): RegExp {
  const values: Record<string, string> = { "{actorId}": quote(actor), "{sessionId}": "[^/]+", "{memoryStrategyId}": quote(strategyId) };
  const parts = template.split(/(\{\w+\})/).map((part) => values[part] ?? quote(part));
  return new RegExp(`^${parts.join("")}$`);
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
