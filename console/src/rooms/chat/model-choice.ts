// Which model takes the next turns of a session. The choice is in the page's address: a reload keeps it, another session and
// another reader are not touched by it.
import type { KnownModel, Models } from "@/parts/api/types";
import { formatCompact, formatUsd } from "@/parts/ui/format";

export interface ModelChoice {
  readonly provider: string;
  /** Empty for a provider that needs none. */
  readonly modelId: string;
}

/** The choice as it is in the address: `provider/modelId`; a model's id may hold slashes, a provider's name none. */
export function writeChoice({ provider, modelId }: ModelChoice): string {
  return modelId === "" ? provider : `${provider}/${modelId}`;
}

/** The choice that an address holds; nothing for the harness's own model. */
export function readChoice(text: string | undefined): ModelChoice | undefined {
  if (!text) return undefined;
  const slash = text.indexOf("/");
  if (slash < 0) return { provider: text, modelId: "" };
  return slash === 0 ? undefined : { provider: text.slice(0, slash), modelId: text.slice(slash + 1) };
}

export function nameOf({ provider, modelId }: { provider: string; modelId?: string }): string {
  return [provider, modelId].filter(Boolean).join(" ");
}

/** A model's price and size: `$3.00 in · $15.00 out · 200K context`. */
export function figuresOf(model: KnownModel): string {
  const window = model.contextWindow === undefined ? [] : [`${formatCompact(model.contextWindow)} context`];
  return [`${formatUsd(model.inputUsdPerMillion)} in`, `${formatUsd(model.outputUsdPerMillion)} out`, ...window].join(" · ");
}

/** A model as it is offered. `isWhole`: its id can be used as it is; the others are families, whose ids the reader completes. */
export interface OfferedModel extends KnownModel {
  readonly isWhole: boolean;
}

const kDated = /-20\*$/;

/**
 * What can be chosen of a price table. Its ids may be patterns (`claude-opus-4-8*`): one that fits its own beginning is
 * offered as that, the dated names of a model that is there under its short one are left out, the rest are families.
 */
export function offeredModels({ models, providers }: Models): OfferedModel[] {
  const needsId = new Set(providers.filter(({ needsModelId }) => needsModelId).map(({ name }) => name));
  const exact = new Set(models.filter(({ modelId }) => !/[*?]/.test(modelId)).map(writeChoice));
  const offered = new Map<string, OfferedModel>();
  for (const model of models) {
    const { provider, modelId } = model;
    if (kDated.test(modelId) && exact.has(writeChoice({ provider, modelId: modelId.replace(kDated, "") }))) continue;
    const core = modelId.replace(/^[*?]+|[*?]+$/g, "");
    const isOwnBeginning = modelId === core || (modelId === `${core}*` && !/(^|-20|[-/.])$/.test(core));
    const isWhole = isOwnBeginning || (core === "" && !needsId.has(provider));
    const key = writeChoice({ provider, modelId: core });
    if (!offered.has(key)) offered.set(key, { ...model, modelId: core, isWhole });
  }
  return [...offered.values()];
}

/** The models whose name holds each word of the query, by provider, in the order in which they came. */
export function groupModels<Model extends KnownModel>(models: readonly Model[], query: string): [string, Model[]][] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Model[]>();
  for (const model of models) {
    const name = nameOf(model).toLowerCase();
    if (!words.every((word) => name.includes(word))) continue;
    groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  }
  return [...groups];
}
