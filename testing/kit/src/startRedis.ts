import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
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

/** A primary, its replica, and a Sentinel that promotes the replica. */
export interface TestRedisPair {
  readonly url: string;
  /** Sends SIGKILL, like the loss of the machine. */
  killPrimary(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisPair(): Promise<TestRedisPair | { readonly reason: string }> {
  const directory = mkdtempSync(join(tmpdir(), "trellis-redis-pair-"));
  const running: ChildProcess[] = [];
  const end = async (server: ChildProcess): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  const stop = async (): Promise<void> => {
    for (const server of running) await end(server);
    rmSync(directory, { recursive: true, force: true });
  };
  const launch = async (settings: string, ...flags: readonly string[]): Promise<ChildProcess> => {
    const file = join(directory, `${running.length}.conf`);
    writeFileSync(file, `bind 127.0.0.1\ndir ${directory}\nsave ""\n${settings}\n`);
    const server = spawn("redis-server", [file, ...flags], { stdio: ["ignore", "pipe", "ignore"] });
    running.push(server);
    await ready(server);
    return server;
  };
  try {
    const [port, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
    const primary = await launch(`port ${port}\nrepl-diskless-sync-delay 0`);
    await launch(`port ${replicaPort}\nreplicaof 127.0.0.1 ${port}`);
    // Sentinel asks the primary for its replicas only every 10 s.
    await until(port, "INFO replication", /state=online/);
    const watch = [
      `monitor trellis 127.0.0.1 ${port} 1`,
      "down-after-milliseconds trellis 500",
      "failover-timeout trellis 5000",
    ];
    const lines = watch.map((line) => `sentinel ${line}`).join("\n");
    await launch(`port ${sentinelPort}\n${lines}`, "--sentinel");
    await until(sentinelPort, "SENTINEL REPLICAS trellis", new RegExp(String(replicaPort)));
    return {
      url: `redis+sentinel://127.0.0.1:${sentinelPort}/trellis`,
      killPrimary: () => end(primary),
      stop,
    };
  } catch (error) {
    await stop();
    const reason = `Redis does not start here: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(reason);
    return { reason };
  }
}

async function reply(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write(`${command}\r\n`);
  const [answer] = await once(socket, "data");
  socket.destroy();
  return answer;
}

async function until(port: number, command: string, expected: RegExp): Promise<void> {
  while (!expected.test(await reply(port, command))) await pause(100);
}

async function send(port: number, command: string): Promise<void> {
  const answer = await reply(port, command);
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
      if (/Ready to accept connections|Sentinel ID is/.test(chunk.toString())) end(resolve);
    });
  });
}
