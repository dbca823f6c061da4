import { once } from "node:events";
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { type Agent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyInstance } from "fastify";
import { trellisErrors } from "../errors.ts";
import { routeUpgrades, type Upgrade } from "./routeUpgrades.ts";

interface Forwarding {
  /** `/v1/` matches a prefix, and `/rpc` a whole path. */
  readonly prefixes: readonly string[];
  readonly strip?: string;
  /** Undefined while the target is down. */
  readonly target: () => string | undefined;
  readonly agent?: Agent;
  readonly check?: (request: IncomingMessage) => void;
  readonly headersOf?: (request: IncomingMessage) => IncomingHttpHeaders;
}

/** Time in ms for the client to read an early response. */
const LINGER_MS = 2_000;

/** RFC 9110, section 7.6.1. */
const HOP_HEADERS = ["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"];

/** Unbuffered, so that a slow client slows the target and the target's limits apply. */
export async function forwardTo(server: FastifyInstance, options: Forwarding): Promise<void> {
  const { prefixes, strip = "", target, agent, check = () => {} } = options;
  const { headersOf = ({ headers }) => headers } = options;
  const upgradeOf = routeUpgrades(server);
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.addHook("onRequest", async ({ raw }) => check(raw));
    for (const prefix of prefixes) {
      scope.all(prefix.endsWith("/") ? `${prefix}*` : prefix, async ({ raw }, reply) => {
        const url = target();
        if (url === undefined) throw trellisErrors.UPSTREAM_UNREACHABLE({ reason: "service" });
        const path = (raw.url ?? "").slice(strip.length);
        const upgrade = upgradeOf(raw);
        const outgoing = (agent === undefined ? httpRequest : httpsRequest)(new URL(url), {
          ...(agent !== undefined && { agent }),
          method: raw.method,
          path: path.startsWith("/") ? path : `/${path}`,
          headers: passedOn(headersOf(raw), upgrade),
        });
        reply.raw.on("close", () => outgoing.destroy());
        if (upgrade === undefined) raw.pipe(outgoing);
        else spliceWith(outgoing, upgrade);
        const answer = await answerOf(outgoing).finally(() => endBody(raw, reply.raw, outgoing));
        reply.hijack();
        if (answer !== undefined) passOn(answer, raw, reply.raw);
        return reply;
      });
    }
  });
}

function passedOn(headers: IncomingHttpHeaders, upgrade: Upgrade | undefined): IncomingHttpHeaders {
  const passed = { ...headers };
  for (const name of HOP_HEADERS) if (name !== "transfer-encoding") delete passed[name];
  return upgrade === undefined ? passed : { ...passed, connection: "Upgrade", upgrade: headers.upgrade };
}

function answerOf(outgoing: ClientRequest): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    outgoing.on("response", resolve).on("upgrade", () => resolve(undefined));
    outgoing.on("error", (cause) => reject(trellisErrors.UPSTREAM_UNREACHABLE({ reason: "service" }, cause)));
  });
}

/** After an early response, drops the rest of the body and closes the connection. */
function endBody(request: IncomingMessage, response: ServerResponse, outgoing: ClientRequest): void {
  if (isWhole(request)) return;
  request.unpipe(outgoing);
  request.resume();
  response.shouldKeepAlive = false;
  const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
  request.socket.once("close", () => clearTimeout(timer));
}

function isWhole(request: IncomingMessage): boolean {
  return request.complete || request.readableEnded;
}

function passOn(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
  const kept = Object.entries(answer.headers).filter(([name]) => !HOP_HEADERS.includes(name));
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
  const isEarly = !isWhole(request);
  void pipeline(answer, response, { end: !isEarly }).catch(() => {});
  // Ending the response now could lose it.
  if (isEarly) {
    const read = Promise.allSettled([once(request, "end"), once(answer, "end")]);
    void read.then(() => response.end());
  }
}

function spliceWith(outgoing: ClientRequest, { socket, head }: Upgrade): void {
  outgoing.on("upgrade", ({ statusMessage, rawHeaders }: IncomingMessage, other: Duplex, first: Buffer) => {
    const lines = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
    );
    // No idle timeout: both ends of a WebSocket send pings.
    (socket as Socket).setTimeout(0);
    socket.write(`${[`HTTP/1.1 101 ${statusMessage}`, ...lines].join("\r\n")}\r\n\r\n`);
    socket.write(first);
    other.write(head);
    socket.pipe(other).pipe(socket);
    const end = (): void => {
      socket.destroy();
      other.destroy();
    };
    for (const side of [socket, other]) side.on("error", end).on("close", end);
  });
  outgoing.end();
}
