import type { ErrorBody } from "./types";

/** An answer of the server that is an error, or (status 0) no answer at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly body: ErrorBody,
  ) {
    super(body.message);
  }

  /** True when the same request may well succeed a little later. */
  get isPassing(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }
}

interface RequestOptions {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  /** JSON text, sent as `application/json` unless the headers name another type. */
  body?: string;
  signal?: AbortSignal;
}

/** Sends a request and returns the response once its head is here; throws ApiError for any other outcome than 2xx. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const headers = { accept: "application/json", ...options.headers };
  const init: RequestInit = { method: options.method ?? "GET", headers, signal: options.signal ?? null };
  if (options.body !== undefined) {
    init.headers = { "content-type": "application/json", ...headers };
    init.body = options.body;
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { code: "Unreachable", message: "The server does not answer.", hint: "Is `soma serve` running?" });
  }
  if (!response.ok) throw new ApiError(response.status, await errorBody(response));
  return response;
}

/** Sends a request and returns the JSON of its answer. */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  const text = await response.text();
  return (text === "" ? {} : JSON.parse(text)) as Answer;
}

/** Joins path segments, each percent-encoded, and a query without its absent values. */
export function pathOf(segments: string[], query: Record<string, string | number | undefined> = {}): string {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(present.map(([key, value]) => [key, String(value)])).toString();
  return `/${segments.map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`;
}

async function errorBody(response: Response): Promise<ErrorBody> {
  const fallback = { code: `Http${response.status}`, message: `The server answered ${response.status}.` };
  try {
    const { __type, ...body } = (await response.json()) as Partial<ErrorBody> & { __type?: string };
    return { ...fallback, ...(__type === undefined ? {} : { code: __type }), ...body };
  } catch {
    return fallback;
  }
}
