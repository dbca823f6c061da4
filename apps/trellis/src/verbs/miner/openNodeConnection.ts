import { trellisErrors } from "../../errors.ts";

/** JSON-RPC over a WebSocket. */
export interface NodeConnection {
  /** @throws UPSTREAM_UNREACHABLE, MINER_REFUSED */
  call(method: string, ...params: unknown[]): Promise<unknown>;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

export type Connect = (url: string, onNotification: (result: unknown) => void) => Promise<NodeConnection>;

const TIMEOUT_MS = 10_000;
/** Of a message. A template with thousands of transactions takes some hundred kilobytes. */
const MESSAGE_LENGTH_MAX = 8 * 1024 * 1024;

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown; readonly data?: { readonly code?: unknown } };
  readonly params?: { readonly result?: unknown };
}

/** @param apiKey undefined if the nodes need none */
export function nodeConnector(apiKey: string | undefined): Connect {
  const headers = apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` };
  return (url, onNotification) => openNodeConnection(url, headers, onNotification);
}

/** @throws UPSTREAM_UNREACHABLE */
async function openNodeConnection(
  url: string,
  headers: Readonly<Record<string, string>> | undefined,
  onNotification: (result: unknown) => void,
): Promise<NodeConnection> {
  const unreachable = (reason: string) => trellisErrors.UPSTREAM_UNREACHABLE({ url, reason });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const socket = new WebSocket(url.replace(/^http/, "ws"), headers === undefined ? {} : { headers });
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const timer = setTimeout(() => close(), TIMEOUT_MS);
  socket.addEventListener("open", () => opened.resolve());
  let isEnded = false;
  const end = (): void => {
    isEnded = true;
    for (const { reject } of waiting.values()) reject(unreachable("connection closed"));
    waiting.clear();
    // The upgrade's status is not visible.
    opened.reject(unreachable(headers === undefined ? "no connection" : "no connection, or a wrong API key"));
    closed.resolve();
  };
  // A peer that hangs answers no closing handshake.
  const close = (): void => {
    socket.close();
    end();
  };
  socket.addEventListener("close", end);
  // "close" follows.
  socket.addEventListener("error", () => {});
  socket.addEventListener("message", ({ data }) => {
    if (isEnded) return;
    const answer = answerOf(data);
    if (answer === undefined) return close();
    if (answer.id === undefined) return onNotification(answer.params?.result);
    const call = waiting.get(Number(answer.id));
    waiting.delete(Number(answer.id));
    if (answer.error === undefined) return call?.resolve(answer.result);
    const { message, data: facts } = answer.error;
    const code = typeof facts?.code === "string" ? facts.code : "";
    call?.reject(trellisErrors.MINER_REFUSED({ code, reason: String(message) }));
  });
  try {
    await opened.promise;
  } finally {
    clearTimeout(timer);
  }
  let count = 0;
  return {
    async call(method, ...params) {
      if (isEnded || socket.readyState !== WebSocket.OPEN) throw unreachable("connection closed");
      const id = ++count;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      const late = setTimeout(() => {
        waiting.delete(id);
        answer.reject(unreachable(`no answer to ${method}`));
      }, TIMEOUT_MS);
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      try {
        return await answer.promise;
      } finally {
        clearTimeout(late);
      }
    },
    closed: closed.promise,
    close,
  };
}

/** Undefined: not an answer. */
function answerOf(data: unknown): Answer | undefined {
  if (typeof data !== "string" || data.length > MESSAGE_LENGTH_MAX) return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
