import type { RequestListener, ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock, Counter, Gauge, Log, Metrics, Scheduler, Timer } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import type { CheckedIdentity } from "./checkIdentity.ts";
import { commonNameOf, HANDSHAKE_MS, secureOptions } from "./secureOptions.ts";

export interface ListenerTlsPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** RFC 8446, section 5.1. */
const HANDSHAKE_RECORD = 22;
const PLAIN_TEXT = "This port speaks https.\n";
const PLAIN_ANSWER = `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${PLAIN_TEXT.length}\r\nconnection: close\r\n\r\n${PLAIN_TEXT}`;
const LINGER_MS = 500;
const REFUSALS = ["handshake", "certificate", "plain", "timeout"] as const;

const names = new WeakMap<object, string>();

/** From the verified certificate. [GUARD-11] */
export function peerNameOf(socket: object): string | undefined {
  return names.get(socket);
}

/** The certificate can be replaced while listeners serve. [GUARD-10] */
export class ListenerTls {
  readonly #ports: ListenerTlsPorts;
  readonly #servers = new Set<Server>();
  readonly #clients = new Set<TLSSocket>();
  readonly #refused: Counter;
  readonly #expiry: Gauge;
  #identity: CheckedIdentity;
  #pins: readonly string[];

  constructor(identity: CheckedIdentity, ports: ListenerTlsPorts) {
    this.#ports = ports;
    this.#refused = ports.metrics.counter(platformMetrics.trellis_tls_refused_total);
    for (const reason of REFUSALS) this.#refused.add(0, { reason });
    this.#expiry = ports.metrics.gauge(platformMetrics.trellis_tls_certificate_expiry_timestamp_seconds);
    this.#identity = identity;
    this.#pins = [identity.pin];
    this.#show();
  }

  get identity(): CheckedIdentity {
    return this.#identity;
  }

  /** Current pin, and the previous one for handshakes in progress. */
  get pins(): readonly string[] {
    return this.#pins;
  }

  createServer(options: ServerOptions, listener: RequestListener): Server {
    const { clientAuthority } = this.#identity;
    const server = createServer(
      {
        ...options,
        ...secureOptions(this.#identity),
        handshakeTimeout: HANDSHAKE_MS,
        // A later check refuses invalid certificates.
        requestCert: clientAuthority !== undefined,
        rejectUnauthorized: false,
      },
      listener,
    );
    this.#servers.add(server);
    server.once("close", () => this.#servers.delete(server));
    server.on("tlsClientError", ({ message }) => this.#refuse("handshake", message));
    server.prependListener("secureConnection", (socket) => this.#admit(socket));
    readFirstByte(server, this.#ports.scheduler, (reason) => this.#refuse(reason));
    return server;
  }

  /** Applies to new connections. A changed client authority closes connections with client certificates. */
  change(identity: CheckedIdentity): void {
    const { clientAuthority, pin } = this.#identity;
    for (const server of this.#servers) server.setSecureContext(secureOptions(identity));
    if (clientAuthority !== identity.clientAuthority) for (const client of this.#clients) client.destroy();
    this.#identity = identity;
    this.#pins = [identity.pin, pin];
    this.#show();
  }

  #admit(socket: TLSSocket): void {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return;
    const name = commonNameOf(socket);
    if (name === undefined) {
      this.#refuse("certificate", String(socket.authorizationError ?? "no common name"));
      socket.destroy();
      return;
    }
    names.set(socket, name);
    this.#clients.add(socket);
    const restMs = Date.parse(certificate.validTo) - this.#ports.clock.nowMs();
    const cut = this.#ports.scheduler.after(Math.max(0, restMs), () => socket.destroy());
    socket.once("close", () => {
      cut.cancel();
      this.#clients.delete(socket);
    });
  }

  #refuse(reason: (typeof REFUSALS)[number], message?: string): void {
    this.#refused.add(1, { reason });
    // Unknown clients could flood the log with other refusals.
    const level = reason === "certificate" ? "info" : "debug";
    this.#ports.log[level]("tls.refused", { reason, message });
  }

  #show(): void {
    const { pin, names: held, expiresMs } = this.#identity;
    this.#expiry.set(Math.floor(expiresMs / 1_000));
    this.#ports.log.info("tls.certificateInUse", {
      pin,
      names: held,
      expires: new Date(expiresMs).toISOString(),
    });
  }
}

/**
 * Detects plain HTTP by the first byte. Also closes connections without a handshake, which Node.js's closing
 * functions ignore.
 */
function readFirstByte(
  server: Server,
  scheduler: Scheduler,
  onRefused: (reason: "plain" | "timeout") => void,
): void {
  const [handshake] = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners("connection");
  const sockets = new Set<Socket>();
  const silent = new Map<Socket, Timer>();
  server.on("connection", (socket: Socket) => {
    const cut = scheduler.after(HANDSHAKE_MS, () => {
      onRefused("timeout");
      socket.destroy();
    });
    const heard = (): void => {
      cut.cancel();
      silent.delete(socket);
    };
    sockets.add(socket);
    silent.set(socket, cut);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      heard();
      sockets.delete(socket);
    });
    socket.once("data", (first: Buffer) => {
      heard();
      if (first[0] === HANDSHAKE_RECORD) {
        socket.pause();
        socket.unshift(first);
        handshake?.call(server, socket);
        return;
      }
      onRefused("plain");
      answerPlain(socket, first, scheduler);
    });
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const socket of silent.keys()) socket.destroy();
    closeIdle();
  };
  const closeAll = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeAll();
    for (const socket of sockets) socket.destroy();
  };
}

/** No redirect, because the credentials were already sent unencrypted. */
function answerPlain(socket: Socket, first: Buffer, scheduler: Scheduler): void {
  if (!/^[A-Z]/.test(first.toString("latin1", 0, 1))) {
    socket.destroy();
    return;
  }
  // Unread data would reset the connection before the client reads the answer.
  socket.resume();
  socket.end(PLAIN_ANSWER);
  const cut = scheduler.after(LINGER_MS, () => socket.destroy());
  socket.once("close", () => cut.cancel());
}
