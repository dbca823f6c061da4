import websocket from "@fastify/websocket";
import type { Timer } from "@trellis/base";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { WebSocket } from "ws";
import { transferSince } from "../admission/transferSince.ts";
import type { Access } from "../auth/access.ts";
import type { RowScope } from "../auth/RowScope.ts";
import type { ApiPorts, UsageCounter } from "./ApiPorts.ts";
import { admit, identify } from "./addApi.ts";
import { correlationOf, setProblemAnswers } from "./createServer.ts";
import { httpErrors } from "./errors.ts";
import { problemOf } from "./problem.ts";
import type { Admitted } from "./serveRoute.ts";

export interface StreamedEvent {
  /** Starts at 1, without gaps. */
  readonly position: number;
  readonly type: string;
  readonly timeMs: number;
  /** Principals with access to all rows receive the event too. Absent: see `forCustomers`. */
  readonly customerId?: string;
  readonly data: unknown;
}

export interface EventStream {
  /** Returns 0 before the first event. */
  position(): Promise<number>;
  oldest(): Promise<number>;
  read(after: number, limit: number): Promise<readonly StreamedEvent[]>;
  watch(listener: () => void): () => void;
}

export interface EventSocketOptions {
  readonly path: string;
  readonly access: Access;
  /** Types without `customerId` that customers receive too. */
  readonly forCustomers?: ReadonlySet<string>;
  readonly socketsMax?: number;
}

export interface EventSocketPorts
  extends Pick<ApiPorts, "authenticator" | "limits" | "clock" | "scheduler" | "log" | "usage"> {
  readonly events: EventStream;
}

const SOCKETS_MAX = 4_096;
const SOCKETS_PER_PRINCIPAL_MAX = 16;
const RETRY_AFTER_S = 30;
const READ_AT_ONCE = 256;
/** A connection with more unread bytes is closed. */
const UNREAD_BYTES_MAX = 1_048_576;
/** Interval of pings and access checks. */
const PING_MS = 30_000;
/** Limits signed connections: a signature cannot be verified again later. */
const SIGNED_MS_MAX = 300_000;
const CLIENT_MESSAGE_BYTES_MAX = 1_024;
/** Time for the closing handshake. */
const CLOSE_MS_MAX = 1_000;
/** Close codes (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
const TRY_LATER = 1013;
const POLICY_VIOLATED = 1008;

/**
 * Sends `{position, type, timeMs, data}`. `?after=POSITION` resumes; default: new events. Browsers send their
 * token in a second subprotocol, `bearer.TOKEN`.
 */
export async function addEventSocket(
  server: FastifyInstance,
  { path, access, forCustomers = new Set(), socketsMax = SOCKETS_MAX }: EventSocketOptions,
  ports: EventSocketPorts,
): Promise<void> {
  await server.register(async (scope) => {
    await scope.register(websocket, {
      options: {
        maxPayload: CLIENT_MESSAGE_BYTES_MAX,
        handleProtocols: (offered: Set<string>) => (offered.has("trellis.v1") ? "trellis.v1" : false),
      },
      async preClose() {
        for (const socket of scope.websocketServer.clients) closeWithin(socket, ports.scheduler);
      },
    });
    setProblemAnswers(scope, { log: ports.log, statuses: {} });
    const sockets = countSockets(socketsMax);
    const openings = new WeakMap<FastifyRequest, { readonly admitted: Admitted; readonly after: number }>();
    scope.get(
      path,
      {
        websocket: true,
        preValidation: async (request, reply) => {
          useSubprotocolToken(request);
          const admitted = await admit(request, reply, access, 1, ports);
          // Reads the position once, because a later position could skip events.
          openings.set(request, { admitted, after: await startOf(request, ports.events) });
          sockets.requireRoom(ownerOf(request, admitted));
        },
      },
      async (socket, request) => {
        const opening = openings.get(request);
        if (opening === undefined) return socket.close();
        const { admitted, after } = opening;
        // Other requests may have opened sockets since.
        const release = sockets.take(ownerOf(request, admitted));
        if (release === undefined) return socket.close(TRY_LATER, "OVERLOADED");
        const countBytes = countedBy(request, admitted, ports.usage);
        socket.on("close", () => {
          release();
          countBytes(0);
        });
        countBytes(1);
        let { rows } = admitted;
        const currentRows = admittedAgain(request, admitted, access, ports);
        const types = typesOf(request);
        const wanted = ({ type, customerId }: StreamedEvent): boolean =>
          (types === undefined || types.has(type)) &&
          (rows.sees(customerId) || (customerId === undefined && forCustomers.has(type)));
        const renew = async (): Promise<void> => {
          countBytes(0);
          rows = await currentRows();
        };
        stream(socket, after, { wanted, renew }, ports, correlationOf(request).correlationId);
      },
    );
  });
}

function closeWithin(socket: WebSocket, scheduler: EventSocketPorts["scheduler"]): void {
  socket.close(GOING_AWAY, "server stops");
  const cut = scheduler.after(CLOSE_MS_MAX, () => socket.terminate());
  socket.once("close", () => cut.cancel());
}

function ownerOf({ ip }: FastifyRequest, { principal }: Admitted): string {
  return principal?.id ?? ip;
}

function countSockets(socketsMax: number) {
  const counts = new Map<string, number>();
  let all = 0;
  const isFull = (owner: string): boolean =>
    all >= socketsMax || (counts.get(owner) ?? 0) >= SOCKETS_PER_PRINCIPAL_MAX;
  return {
    requireRoom(owner: string): void {
      if (isFull(owner)) throw httpErrors.OVERLOADED({ retryAfterS: RETRY_AFTER_S });
    },
    take(owner: string): (() => void) | undefined {
      if (isFull(owner)) return undefined;
      all += 1;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
      return () => {
        all -= 1;
        const left = counts.get(owner)! - 1;
        if (left === 0) counts.delete(owner);
        else counts.set(owner, left);
      };
    },
  };
}

/** The returned function counts bytes since its last call. */
function countedBy(
  { raw }: FastifyRequest,
  { principal }: Admitted,
  usage: UsageCounter | undefined,
): (requests: number) => void {
  return (requests) => {
    const { bytesIn, bytesOut } = transferSince(raw.socket);
    usage?.count(principal, bytesIn, bytesOut, requests);
  };
}

function admittedAgain(
  request: FastifyRequest,
  { principal, rows }: Admitted,
  access: Access,
  { authenticator, clock }: EventSocketPorts,
): () => Promise<RowScope> {
  if (principal?.kind !== "service") return async () => (await identify(request, access, authenticator)).rows;
  const untilMs = clock.nowMs() + SIGNED_MS_MAX;
  return async () => {
    if (clock.nowMs() >= untilMs) throw httpErrors.SIGNATURE_INVALID({ reason: "expired" });
    return rows;
  };
}

function useSubprotocolToken({ headers }: FastifyRequest): void {
  const token = headers["sec-websocket-protocol"]
    ?.split(",")
    .map((name) => name.trim())
    .find((name) => name.startsWith("bearer."));
  if (headers.authorization === undefined && token !== undefined) {
    headers.authorization = `Bearer ${token.slice("bearer.".length)}`;
  }
}

async function startOf({ query }: FastifyRequest, events: EventStream): Promise<number> {
  const { after } = query as { after?: unknown };
  const position = await events.position();
  if (after === undefined) return position;
  const asked = typeof after === "string" && /^\d{1,15}$/.test(after) ? Number(after) : Number.NaN;
  if (Number.isNaN(asked) || asked > position)
    throw httpErrors.REQUEST_INVALID({ part: "query", field: "after" });
  const oldest = await events.oldest();
  if (asked + 1 < oldest) throw httpErrors.EVENTS_GONE({ oldest });
  return asked;
}

function typesOf({ query }: FastifyRequest): ReadonlySet<string> | undefined {
  const { types } = query as { types?: unknown };
  return typeof types === "string" && types !== "" ? new Set(types.split(",", 32)) : undefined;
}

interface Reader {
  wanted(event: StreamedEvent): boolean;
  /** @throws if access was lost */
  renew(): Promise<void>;
}

function stream(
  socket: WebSocket,
  from: number,
  { wanted, renew }: Reader,
  { events, scheduler, log }: EventSocketPorts,
  correlationId: string,
): void {
  let after = from;
  let isReading = false;
  let hasMore = true;
  let ping: Timer | undefined;

  async function pump(): Promise<void> {
    hasMore = true;
    if (isReading) return;
    isReading = true;
    try {
      while (hasMore && socket.readyState === socket.OPEN) {
        hasMore = false;
        const found = await events.read(after, READ_AT_ONCE);
        for (const event of found) {
          const { position, type, timeMs, data } = event;
          after = position;
          if (wanted(event)) socket.send(JSON.stringify({ position, type, timeMs, data }));
        }
        if (found.length === READ_AT_ONCE) hasMore = true;
        if (socket.bufferedAmount > UNREAD_BYTES_MAX) socket.close(TRY_LATER, "too slow: resume later");
      }
    } catch (error) {
      const { code } = problemOf(error, {}, correlationId);
      log.error("eventStream.failed", {
        correlationId,
        error: error instanceof Error ? error : String(error),
      });
      socket.close(1011, code);
    } finally {
      isReading = false;
    }
  }

  let isAnswering = true;
  function beat(): void {
    if (!isAnswering) {
      socket.terminate();
      return;
    }
    isAnswering = false;
    socket.ping();
    ping = scheduler.after(PING_MS, beat);
    renew().catch((error: unknown) => {
      const { code, status } = problemOf(error, {}, correlationId);
      socket.close(status < 500 ? POLICY_VIOLATED : TRY_LATER, code);
    });
  }

  const stop = events.watch(() => void pump());
  socket.on("pong", () => {
    isAnswering = true;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    stop();
    ping?.cancel();
  });
  ping = scheduler.after(PING_MS, beat);
  void pump();
}
