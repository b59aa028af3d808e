import type { AliasRoute } from "@/parts/api/types";

/** What is chosen in the dialog of an alias: one version, and another that takes the rest. */
export interface Split {
  version: number;
  /** The share of `version` in percent; the other one has the rest. */
  weight: number;
  /** Nothing: `version` takes all. */
  other: number | undefined;
}

export function splitOf(routes: readonly AliasRoute[], newest: number): Split {
  const [first, second] = routes;
  return { version: first?.version ?? newest, weight: second ? (first?.weight ?? 100) : 100, other: second?.version };
}

/** The routes of a split: their weights sum to 100. */
export function routesOf({ version, weight, other }: Split): AliasRoute[] {
  if (other === undefined || other === version) return [{ version, weight: 100 }];
  return [
    { version, weight },
    { version: other, weight: 100 - weight },
  ];
}
