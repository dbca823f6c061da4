import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const HAPROXY_FILE = fileURLToPath(new URL("../../../../deploy/proxy/haproxy.cfg", import.meta.url));

export interface HaProxy {
  readonly port: number;
  log(): string;
  stop(): Promise<void>;
}

/** Why the program cannot run here; a test that needs it prints this and skips. */
export function missing(program: string, versionFlag = "-v"): string | undefined {
  if (spawnSync(program, [versionFlag]).error === undefined) return undefined;
  const reason = `no ${program} on this machine`;
  console.warn(`${reason}: tests that need it are skipped`);
  return reason;
}

/** Runs deploy/proxy/haproxy.cfg. */
export async function startHaProxy(
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<HaProxy> {
  const env = { PATH: process.env.PATH ?? "", PROXY_BIND: `127.0.0.1:${port}`, ...environment };
  const child = spawn("haproxy", ["-db", "-f", HAPROXY_FILE], { env });
  let written = "";
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding("utf8").on("data", (text: string) => {
      written += text;
    });
  }
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit").then(() => process.off("exit", kill));
  const failed = ended.then(() => {
    throw new Error(`haproxy ended:\n${written}`);
  });
  await Promise.race([failed, listening(port)]);
  failed.catch(() => {});
  return {
    port,
    log: () => written,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await pause(20);
  }
}
