import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Calls, NodePlace } from "./Cluster.ts";

const CALLER = fileURLToPath(new URL("insideCaller.ts", import.meta.url));
const PORT = 30_303;

interface LinkQuality {
  readonly latencyMs: number;
  readonly lossPercent: number;
}

/** Network namespaces on two linked bridges. Requires root and Linux support. */
export class Namespaces {
  readonly #prefix: string;
  readonly #callers: ChildProcess[] = [];
  readonly #names: string[] = [];

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  static open(prefix: string): Namespaces | string {
    const namespaces = new Namespaces(prefix);
    try {
      namespaces.#createSwitches();
      return namespaces;
    } catch (error) {
      namespaces.close();
      return reasonOf(error);
    }
  }

  add(number: number, side: "left" | "right"): NodePlace {
    const namespace = `${this.#prefix}-${number}`;
    const host = `10.77.0.${number}`;
    this.#addNamespace(namespace);
    const port = `port${number}`;
    ip(
      "link",
      "add",
      port,
      "netns",
      this.#switches,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      namespace,
    );
    ip("-n", this.#switches, "link", "set", port, "master", side, "up");
    ip("-n", namespace, "address", "add", `${host}/24`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
    return { listen: `${host}:${PORT}`, inside: { namespace, calls: this.#callsIn(namespace) } };
  }

  slow(number: number, { latencyMs, lossPercent }: LinkQuality): string | undefined {
    const netem = ["netem", "delay", `${latencyMs}ms`, "loss", `${lossPercent}%`];
    try {
      run("tc", ["-n", `${this.#prefix}-${number}`, "qdisc", "add", "dev", "eth0", "root", ...netem]);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  setCable(isIn: boolean): void {
    ip("-n", this.#switches, "link", "set", "cable", isIn ? "up" : "down");
  }

  close(): void {
    for (const caller of this.#callers) caller.kill("SIGKILL");
    for (const name of this.#names) attempt(() => ip("netns", "delete", name));
  }

  get #switches(): string {
    return `${this.#prefix}-switches`;
  }

  #createSwitches(): void {
    this.#addNamespace(this.#switches);
    const at = ["-n", this.#switches];
    for (const side of ["left", "right"]) {
      ip(...at, "link", "add", side, "type", "bridge");
      ip(...at, "link", "set", side, "up");
    }
    ip(...at, "link", "add", "cable", "type", "veth", "peer", "name", "plug");
    ip(...at, "link", "set", "cable", "master", "left", "up");
    ip(...at, "link", "set", "plug", "master", "right", "up");
  }

  #addNamespace(name: string): void {
    ip("netns", "add", name);
    this.#names.push(name);
    ip("-n", name, "link", "set", "lo", "up");
  }

  #callsIn(namespace: string): Calls {
    const caller = spawn("ip", ["netns", "exec", namespace, process.execPath, CALLER], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#callers.push(caller);
    const waiting = new Map<
      number,
      (line: { answer?: Awaited<ReturnType<Calls>>; failure?: string }) => void
    >();
    createInterface({ input: caller.stdout! }).on("line", (text) => {
      const { id, ...line } = JSON.parse(text);
      waiting.get(id)?.(line);
      waiting.delete(id);
    });
    let nextId = 0;
    return (url, method, params = []) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, ({ answer, failure }) =>
          answer === undefined ? reject(new Error(failure)) : resolve(answer),
        );
        caller.stdin!.write(`${JSON.stringify({ id, url, method, params })}\n`);
      });
  }
}

function ip(...args: readonly string[]): void {
  run("ip", args);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {}
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: Buffer; message: string };
  return stderr?.toString().trim() || message;
}
