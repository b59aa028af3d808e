import type { ExecutionStatus } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { kExecutionTones, kExecutionWords } from "./state-status";

export function ExecutionBadge({ status }: { status: ExecutionStatus }) {
  return (
    <Badge tone={kExecutionTones[status]} isWorking={status === "RUNNING"}>
      {kExecutionWords[status]}
    </Badge>
  );
}
