import { chmodSync, unlinkSync } from "node:fs";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { type Random, SerialQueue } from "@trellis/base";
import { signerErrors } from "@trellis/platform/keys";
import type { PolicySigner } from "./createPolicySigner.ts";
import type { Connect, LineChannel } from "./createSignerClient.ts";
import { LineReader } from "./LineReader.ts";
import { DENIAL, LINE_LENGTH_MAX } from "./messages.ts";
import { SignerSession } from "./SignerSession.ts";

export type SignerAddress =
  | { readonly path: string }
  | { readonly host: "127.0.0.1" | "::1"; readonly port: number };

const CONNECTIONS_MAX = 32;
/** Accepted by all systems. */
const PATH_BYTES_MAX = 100;
const IDLE_MS = 120_000;

/** @throws SIGNER_SETUP_INVALID */
export function parseSignerAddress(text: string): SignerAddress {
  const path = /^unix:(.+)$/s.exec(text)?.[1];
  if (path !== undefined && Buffer.byteLength(path) <= PATH_BYTES_MAX) return { path };
  const [, host, digits] = /^(127\.0\.0\.1|\[::1\]):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port > 65_535)
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "form", got: text.slice(0, 80) });
  return { host: host === "[::1]" ? "::1" : "127.0.0.1", port };
}

export interface SignerPort {
  /** Includes the assigned port. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Only the file's owner can access a Unix socket.
 * @param secrets called for each line
 * @throws SIGNER_SETUP_INVALID
 */
export async function openSignerPort(
  address: SignerAddress,
  secrets: () => readonly Uint8Array[],
  { policySigner, random }: { readonly policySigner: PolicySigner; readonly random: Random },
): Promise<SignerPort> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    serve(socket, new SignerSession(policySigner, secrets, random.bytes(32)));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, address);
  return {
    address: addressOf(server, address),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function addressOf(server: Server, address: SignerAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  const listening = server.address();
  const port = typeof listening === "object" && listening !== null ? listening.port : address.port;
  return address.host === "::1" ? `[::1]:${port}` : `${address.host}:${port}`;
}

function serve(socket: Socket, session: SignerSession): void {
  const reader = new LineReader(LINE_LENGTH_MAX);
  const lines = new SerialQueue();
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.write(`${session.greeting()}\n`);
  socket.on("data", (part) => {
    const received = reader.add(String(part));
    if (received === undefined) return void socket.destroy();
    for (const line of received) {
      lines.run(async () => {
        if (socket.destroyed || socket.writableEnded) return;
        const answer = await session.answer(line).catch(() => undefined);
        if (answer === undefined) socket.end(`${DENIAL}\n`, () => socket.destroy());
        else socket.write(`${answer}\n`);
      });
    }
  });
}

async function listen(server: Server, address: SignerAddress): Promise<void> {
  try {
    await listenOnce(server, address);
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    // A killed process leaves its socket behind.
    if (!isTaken || !("path" in address) || (await isAnswered(address)))
      throw signerErrors.SIGNER_SETUP_INVALID({ reason: "taken", ...address }, error);
    unlinkSync(address.path);
    await listenOnce(server, address);
  }
  if ("path" in address) chmodSync(address.path, 0o600);
}

function listenOnce(server: Server, address: SignerAddress): Promise<void> {
  // Nobody may connect before the file mode is set.
  const before = "path" in address ? process.umask(0o177) : undefined;
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...address }, () => {
      server.off("error", reject);
      resolve();
    });
  }).finally(() => {
    if (before !== undefined) process.umask(before);
  });
}

function isAnswered(address: SignerAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ ...address });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
  });
}

/** @param timeoutMs per line */
export function signerConnector(address: SignerAddress, timeoutMs: number): Connect {
  return () =>
    new Promise<LineChannel>((resolve, reject) => {
      const socket = connectSocket({ ...address });
      const fail = (reason: string) => signerErrors.SIGNER_UNREACHABLE({ ...address, reason });
      socket.setTimeout(timeoutMs, () => socket.destroy());
      socket.once("error", () => reject(fail("no process is listening")));
      socket.once("close", () => reject(fail("it closed the connection")));
      socket.once("connect", () => {
        socket.setTimeout(0);
        resolve(channelOf(socket, timeoutMs, fail));
      });
    });
}

function channelOf(socket: Socket, timeoutMs: number, fail: (reason: string) => Error): LineChannel {
  const reader = new LineReader(LINE_LENGTH_MAX);
  const lines: string[] = [];
  let ended: string | undefined;
  let wake: () => void = () => undefined;
  const end = (reason: string) => {
    ended ??= reason;
    socket.destroy();
    wake();
  };
  socket.setEncoding("utf8");
  socket.on("error", () => end("the connection was lost"));
  socket.on("close", () => end("it closed the connection"));
  socket.on("data", (part) => {
    const more = reader.add(String(part));
    if (more === undefined) return end("response too long");
    lines.push(...more);
    wake();
  });
  return {
    async read() {
      const timer = setTimeout(() => end("no response in time"), timeoutMs);
      try {
        for (;;) {
          const line = lines.shift();
          if (line !== undefined) return line;
          if (ended !== undefined) throw fail(ended);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(timer);
      }
    },
    write: (line) => void socket.write(`${line}\n`),
    close: () => socket.destroy(),
  };
}
