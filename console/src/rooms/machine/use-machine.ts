import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import type { Machine } from "@/parts/api/types";
import { machineQuery } from "@/parts/workflow/queries";

/** The machine whose page is open. A tab is drawn only once the page has it. */
export function useMachine(): Machine | undefined {
  const { machine = "" } = useParams({ strict: false });
  return useQuery(machineQuery(machine)).data;
}
