import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";

export interface TestRedis {
  readonly url: string;
  send(command: string): Promise<void>;
  dump(): Promise<Buffer>;
  stop(): Promise<void>;
}

const START_MS_MAX = 120_000;

export async function startRedis(): Promise<TestRedis | { readonly reason: string }> {
  const directory = mkdtempSync(join(tmpdir(), "trellis-redis-"));
  try {
    const port = await freePort();
    const server = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    await ready(server);
    const ending = (): void => void server.kill("SIGKILL");
    process.once("exit", ending);
    return {
      url: `redis://127.0.0.1:${port}/0`,
      send: (command) => send(port, command),
      async dump() {
        await send(port, "CONFIG SET rdbcompression no");
        await send(port, "SAVE");
        return readFileSync(join(directory, "dump.rdb"));
      },
      async stop() {
        process.off("exit", ending);
        const ended = new Promise((resolve) => server.once("exit", resolve));
        server.kill("SIGTERM");
        await ended;
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    const reason = `Redis does not start here: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(reason);
    return { reason };
  }
}

async function send(port: number, command: string): Promise<void> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write(`${command}\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  if (answer !== "+OK\r\n") throw new Error(`${command}: ${answer}`);
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("not ready in time")), START_MS_MAX);
    const end = (finish: () => void): void => {
      clearTimeout(deadline);
      finish();
    };
    server.on("error", (error) => end(() => reject(error)));
    server.on("exit", (code) => end(() => reject(new Error(`ended with ${code}`))));
    server.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.includes("Ready to accept connections")) end(resolve);
    });
  });
}
