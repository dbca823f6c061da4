import { Agent, type OutgoingHttpHeaders, request } from "node:http";

const TICK_MS = 5;

export interface Poster {
  (body: string): Promise<number>;
  close(): void;
}

/** A post resolves to the HTTP status, or 0 if the connection closed. */
export function createPoster(url: string, connections: number, own: OutgoingHttpHeaders): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  const post = (body: string): Promise<number> =>
    new Promise((resolve) => {
      const headers = {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...own,
      };
      const sent = request({ hostname, port, method: "POST", agent, headers }, (response) => {
        response.resume();
        response.once("close", () => resolve(response.statusCode ?? 0));
      });
      sent.on("error", () => resolve(0));
      sent.end(body);
    });
  return Object.assign(post, { close: () => agent.destroy() });
}

export async function paced(perSecond: number, isOver: () => boolean, send: () => void): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; !isOver(); ) {
    const due = ((performance.now() - startMs) * perSecond) / 1_000;
    for (; sent < due; sent++) send();
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}
