// A state machine's definition as far as the console reads it: leniently, since what is being written is seldom whole.
// Whether it is right is the server's word alone.

export type Json = Record<string, unknown>;

export interface Scope {
  StartAt?: string;
  States: Record<string, State>;
}

/** A state: its type, and the fields that belong to it. */
export type State = Json & { Type?: string };

/** The scope that a definition's text holds; nothing while the text is no JSON, or has no states. */
export function parseDefinition(text: string): Scope | undefined {
  try {
    return scopeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value as a scope of states, without what is no state. */
export function scopeOf(value: unknown): Scope | undefined {
  if (!isObject(value) || !isObject(value["States"])) return undefined;
  const states = Object.entries(value["States"]).filter((entry): entry is [string, State] => isObject(entry[1]));
  const start = value["StartAt"];
  return { ...(typeof start === "string" ? { StartAt: start } : {}), States: Object.fromEntries(states) };
}

/** The scopes inside a state, in their order: the branches of a Parallel, the processor of a Map. */
export function scopesOf(state: State): Scope[] {
  const inner = state.Type === "Parallel" ? listOf(state["Branches"]) : state.Type === "Map" ? [state["ItemProcessor"] ?? state["Iterator"]] : [];
  return inner.map(scopeOf).filter((scope) => scope !== undefined);
}

/** The names of all states, inner ones after the state that holds them. */
export function stateNames(scope: Scope): string[] {
  return Object.entries(scope.States).flatMap(([name, state]) => [name, ...scopesOf(state).flatMap(stateNames)]);
}

/** The state of this name, wherever it is. */
export function findState(scope: Scope, name: string): State | undefined {
  if (Object.hasOwn(scope.States, name)) return scope.States[name];
  const inner = Object.values(scope.States).flatMap(scopesOf);
  for (const each of inner) {
    const found = findState(each, name);
    if (found) return found;
  }
  return undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
