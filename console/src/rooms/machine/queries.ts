import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/parts/api/client";
import type { AliasRoute, Execution, Machine, MachineAlias, MachineVersion } from "@/parts/api/types";
import { machinePath, machineQuery } from "@/parts/workflow/queries";

const kPollMs = 10_000;

export const versionsQuery = (machine: string) =>
  queryOptions({
    queryKey: ["workflow", "versions", machine],
    queryFn: async ({ signal }) => (await request<{ versions: MachineVersion[] }>(machinePath(machine, "versions"), { signal })).versions,
    refetchInterval: kPollMs,
  });

export const aliasesQuery = (machine: string) =>
  queryOptions({
    queryKey: ["workflow", "aliases", machine],
    queryFn: async ({ signal }) => (await request<{ aliases: MachineAlias[] }>(machinePath(machine, "aliases"), { signal })).aliases,
    refetchInterval: kPollMs,
  });

/** Starts an execution; `target` is the machine, or one of its versions or aliases as `greet:3`, `greet:live`. */
export function useStart() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ target, name, input }: { target: string; name: string; input: unknown }) => {
      const body = JSON.stringify({ input, ...(name === "" ? {} : { name }) });
      return (await request<{ execution: Execution }>(machinePath(target, "executions"), { method: "POST", body })).execution;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["workflow", "executions"] }),
  });
}

export function useUpdate(machine: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (change: { definition: string; publish: boolean }) =>
      (await request<{ machine: Machine }>(machinePath(machine), { method: "PATCH", body: JSON.stringify(change) })).machine,
    onSuccess: (updated) => {
      client.setQueryData(machineQuery(machine).queryKey, updated);
      return refresh(client, machine);
    },
  });
}

/** Publishes the revision that was on the screen: when it is not the present one any more, the server refuses. */
export function usePublish(machine: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: { revisionId: string; description?: string }) =>
      request(machinePath(machine, "versions"), { method: "POST", body: JSON.stringify(version) }),
    onSuccess: () => refresh(client, machine),
  });
}

export interface AliasChange {
  name: string;
  isNew: boolean;
  routes: AliasRoute[];
}

export function useSaveAlias(machine: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, isNew, routes }: AliasChange) =>
      isNew
        ? request(machinePath(machine, "aliases"), { method: "POST", body: JSON.stringify({ name, routes }) })
        : request(machinePath(machine, "aliases", name), { method: "PATCH", body: JSON.stringify({ routes }) }),
    onSuccess: () => refresh(client, machine),
  });
}

function refresh(client: ReturnType<typeof useQueryClient>, machine: string): Promise<void[]> {
  const kinds = ["machine", "versions", "aliases"].map((kind) => client.invalidateQueries({ queryKey: ["workflow", kind, machine] }));
  return Promise.all([...kinds, client.invalidateQueries({ queryKey: ["workflow", "machines"] })]);
}
