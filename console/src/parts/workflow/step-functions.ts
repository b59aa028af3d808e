import { request } from "@/parts/api/client";

/** Calls an operation of the Step Functions API: for what soma's own routes do not offer. */
export function callStepFunctions<Answer>(operation: string, parameters: object, signal?: AbortSignal): Promise<Answer> {
  return request<Answer>("/", {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AWSStepFunctions.${operation}` },
    body: JSON.stringify(parameters),
    ...(signal ? { signal } : {}),
  });
}
