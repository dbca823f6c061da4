import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { baseErrors, type Clock, type Log, type Metrics, type Scheduler, type Timer } from "@trellis/base";
import { miningErrors } from "../errors.ts";
import { miningMetrics } from "../metrics.ts";
import type { TemplateService } from "../templates/createTemplateService.ts";
import type { Workers } from "../workers/Workers.ts";
import { Extranonces } from "./Extranonces.ts";
import { DIFFICULTY_MAX, DIFFICULTY_MIN } from "./ShareDifficulty.ts";
import { StratumSession } from "./StratumSession.ts";

export interface StratumOptions {
  readonly host: string;
  readonly port: number;
  readonly stream: number;
  /** Undefined: follows each worker's hash rate. */
  readonly difficulty: number | undefined;
}

interface StratumPorts {
  readonly templates: TemplateService;
  readonly workers: Workers;
  /** Returns the release function; undefined refuses the connection. */
  readonly admit: (peer: string | undefined) => (() => void) | undefined;
  /** Of the connection's network address. [GUARD-6] */
  readonly offend: (peer: string | undefined, offence: "malformed" | "limit") => void;
  /** Addresses of one network share limits. */
  readonly callerOf: (peer: string | undefined) => string;
  /** On this machine. */
  readonly isKnown: (peer: string | undefined) => boolean;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface StratumServer {
  /** HOST:PORT */
  readonly address: string;
  close(): Promise<void>;
}

/** [STRATUM-5] */
const CONNECTIONS_MAX = 1_024;
const LINE_BYTES_MAX = 4_096;
/** A connection's lines: beyond, its socket is not read. */
const LINES_BURST = 256;
const LINES_PER_S = 64;
const LOGIN_MS = 30_000;
/** Between two lines. Vardiff aims at four seconds. */
const SILENCE_MS = 900_000;
const UNREAD_BYTES_MAX = 64 * 1024;
const CHECK_MS = 5_000;
/** Time to read the last answer. */
const END_MS = 2_000;

type Reason = "full" | "malformed" | "silent" | "unread" | "limited";
const OFFENCES: { readonly [reason in Reason]?: "malformed" | "limit" } = {
  malformed: "malformed",
  limited: "limit",
};

/** @throws STRATUM_PORT_UNAVAILABLE, ARGUMENT_INVALID */
export async function createStratumServer(
  options: StratumOptions,
  ports: StratumPorts,
): Promise<StratumServer> {
  const { difficulty = DIFFICULTY_MIN } = options;
  if (!(difficulty > 0 && difficulty <= DIFFICULTY_MAX))
    throw baseErrors.ARGUMENT_INVALID({ rule: "a difficulty is above 0 and at most 2^40", difficulty });
  const { metrics, log, admit, offend } = ports;
  const extranonces = new Extranonces();
  const connections = new Set<StratumConnection>();
  const gauge = metrics.gauge(miningMetrics.trellis_stratum_connections);
  const refused = metrics.counter(miningMetrics.trellis_stratum_refused_total);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    const release = connections.size < CONNECTIONS_MAX ? admit(socket.remoteAddress) : undefined;
    if (release === undefined) {
      refused.add(1, { reason: "full" });
      socket.destroy();
      return;
    }
    const extranonce = extranonces.take();
    const onRefused = (reason: Reason): void => {
      refused.add(1, { reason });
      const offence = OFFENCES[reason];
      if (offence !== undefined) offend(socket.remoteAddress, offence);
      log.warn("stratum.closed", { reason, peer: socket.remoteAddress });
    };
    const connection = new StratumConnection(socket, { ...options, extranonce }, { ...ports, onRefused });
    connections.add(connection);
    gauge.set(connections.size);
    socket.once("close", () => {
      connection.stop();
      connections.delete(connection);
      extranonces.release(extranonce);
      release();
      gauge.set(connections.size);
    });
  });
  await listen(server, options);
  const { address, port, family } = server.address() as AddressInfo;
  const shown = `${family === "IPv6" ? `[${address}]` : address}:${port}`;
  log.info("stratum.listening", { address: shown });
  return {
    address: shown,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.end();
      await closed;
    },
  };
}

async function listen(
  server: ReturnType<typeof createServer>,
  { host, port }: StratumOptions,
): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw miningErrors.STRATUM_PORT_UNAVAILABLE(
      { host, port, reason: String((error as Error).message) },
      error,
    );
  }
}

interface ConnectionPorts extends StratumPorts {
  readonly onRefused: (reason: Reason) => void;
}

class StratumConnection {
  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #session: StratumSession;
  readonly #openedMs: number;
  #pending = "";
  #lines = LINES_BURST;
  #refilledMs: number;
  #lineMs: number;
  #isClosed = false;
  #timer: Timer | undefined;

  constructor(
    socket: Socket,
    options: StratumOptions & { readonly extranonce: string },
    ports: ConnectionPorts,
  ) {
    this.#socket = socket;
    this.#ports = ports;
    const { clock, workers, templates, metrics, callerOf, isKnown } = ports;
    const { remoteAddress } = socket;
    this.#openedMs = clock.nowMs();
    this.#refilledMs = this.#openedMs;
    this.#lineMs = this.#openedMs;
    const shares = metrics.counter(miningMetrics.trellis_stratum_shares_total);
    this.#session = new StratumSession(
      { ...options, caller: callerOf(remoteAddress), isKnown: isKnown(remoteAddress) },
      {
        templates,
        workers,
        clock,
        send: (line) => this.#send(line),
        close: (reason) => this.#refuse(reason),
        onShare: (outcome) => shares.add(1, { outcome }),
      },
    );
    // Every byte is one character: a line that is not ASCII is malformed or its text is not compared.
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (text: string) => void this.#receive(text));
    this.#check();
  }

  /** Sends what is queued. */
  end(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#socket.destroySoon();
    this.#timer = this.#ports.scheduler.after(END_MS, () => this.#socket.destroy());
  }

  stop(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#session.stop();
  }

  /** The socket is not read meanwhile, so that a client waits for its own lines only. */
  async #receive(text: string): Promise<void> {
    this.#socket.pause();
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop()!;
    for (const line of lines) {
      if (line.length > LINE_BYTES_MAX) return this.#refuse("malformed");
      await this.#paced();
      if (this.#isClosed) return;
      if (line.trim() === "") continue;
      this.#lineMs = this.#ports.clock.nowMs();
      await this.#handle(line);
    }
    if (this.#pending.length > LINE_BYTES_MAX) return this.#refuse("malformed");
    if (!this.#isClosed) this.#socket.resume();
  }

  async #handle(line: string): Promise<void> {
    try {
      await this.#session.receive(line);
    } catch (error) {
      this.#ports.log.error("stratum.failed", { error: error as Error });
      this.#socket.destroy();
    }
  }

  async #paced(): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    this.#lines = Math.min(LINES_BURST, this.#lines + ((nowMs - this.#refilledMs) * LINES_PER_S) / 1_000);
    this.#refilledMs = nowMs;
    this.#lines -= 1;
    if (this.#lines >= 0) return;
    const waitMs = (-this.#lines * 1_000) / LINES_PER_S;
    await new Promise<void>((resolve) => this.#ports.scheduler.after(waitMs, resolve));
  }

  #send(line: string): void {
    if (this.#isClosed) return;
    this.#socket.write(`${line}\n`);
    if (this.#socket.writableLength > UNREAD_BYTES_MAX) this.#refuse("unread");
  }

  #check(): void {
    if (this.#isClosed) return;
    const nowMs = this.#ports.clock.nowMs();
    const isLate = !this.#session.isAuthorized && nowMs - this.#openedMs >= LOGIN_MS;
    if (isLate || nowMs - this.#lineMs >= SILENCE_MS) this.#refuse("silent");
    else this.#timer = this.#ports.scheduler.after(CHECK_MS, () => this.#check());
  }

  #refuse(reason: Reason): void {
    if (this.#isClosed) return;
    this.#ports.onRefused(reason);
    this.end();
  }
}
