import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Tracing } from "@trellis/base";
import { formatTraceparent } from "./traceContext.ts";

const FETCH = "undici:request:create";
const HTTP = "http.client.request.created";

interface Fetched {
  readonly request: { addHeader(name: string, value: string): void };
}

/** Every HTTP request of the process within a sampled span has its `traceparent`. */
export function traceOutgoing(tracing: Pick<Tracing, "current">): { stop(): void } {
  const withParent = (set: (traceparent: string) => void): void => {
    const context = tracing.current();
    if (context?.isSampled === true) set(formatTraceparent(context));
  };
  const onFetch = (message: unknown): void =>
    withParent((traceparent) => (message as Fetched).request.addHeader("traceparent", traceparent));
  const onHttp = (message: unknown): void =>
    withParent((traceparent) =>
      (message as { readonly request: ClientRequest }).request.setHeader("traceparent", traceparent),
    );
  subscribe(FETCH, onFetch);
  subscribe(HTTP, onHttp);
  return {
    stop() {
      unsubscribe(FETCH, onFetch);
      unsubscribe(HTTP, onHttp);
    },
  };
}
