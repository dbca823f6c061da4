import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ImageConfig } from "./ImageBuilder.ts";
import { runProgram } from "./runProgram.ts";

export interface ContainerOptions {
  readonly scratch: string;
  readonly name: string;
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly args: readonly string[];
  /** On this machine, by place in the container. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
}

/** What `docker run --read-only --cap-drop ALL --network host` starts, by runc. */
export class Container {
  readonly #scratch: string;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Of standard output. */
  readonly firstLine: Promise<string>;
  #log = "";

  constructor(options: ContainerOptions) {
    this.#scratch = options.scratch;
    this.#name = options.name;
    const bundle = join(options.scratch, options.name);
    mkdirSync(bundle);
    writeFileSync(join(bundle, "config.json"), JSON.stringify(specOf(options)));
    const child = spawn("runc", [...this.#runc(), "run", "--bundle", bundle, this.#name], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
    this.ended = once(child, "close").then(([exitCode]) => exitCode);
    const line = once(createInterface({ input: child.stdout }), "line").then(([text]) => String(text));
    const early = this.ended.then((exitCode) => {
      throw new Error(`the container ended with ${exitCode}:\n${this.#log}`);
    });
    this.firstLine = Promise.race([line, early]);
    this.firstLine.catch(() => {});
  }

  get log(): string {
    return this.#log;
  }

  exec(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const variables = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    return runProgram(["runc", ...this.#runc(), "exec", ...variables, this.#name, ...words]);
  }

  async signal(name: string): Promise<void> {
    await runProgram(["runc", ...this.#runc(), "kill", this.#name, name]);
  }

  async remove(): Promise<void> {
    if (this.#child.exitCode === null) await this.signal("SIGKILL");
    await this.ended;
  }

  #runc(): string[] {
    return ["--root", join(this.#scratch, "runc")];
  }
}

/** https://github.com/opencontainers/runtime-spec/blob/main/config.md */
function specOf({ name, rootfs, config, args, volumes, memoryBytes }: ContainerOptions): object {
  const [uid, gid] = config.User.split(":").map(Number);
  const none: string[] = [];
  const capabilities = { bounding: none, effective: none, inheritable: none, permitted: none, ambient: none };
  const mount = (destination: string, type: string, ...options: string[]) => ({
    destination,
    type,
    source: type,
    options: ["nosuid", "noexec", "nodev", ...options],
  });
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid, gid },
      args: [...config.Entrypoint, ...args],
      env: config.Env,
      cwd: config.WorkingDir,
      capabilities,
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    hostname: name,
    mounts: [
      mount("/proc", "proc"),
      { ...mount("/dev", "tmpfs", "mode=755", "size=64k"), options: ["nosuid", "mode=755", "size=64k"] },
      mount("/dev/shm", "tmpfs", "mode=1777", "size=64m"),
      mount("/sys", "sysfs", "ro"),
      mount("/sys/fs/cgroup", "cgroup", "ro"),
      mount("/tmp", "tmpfs", "mode=1777", "size=256m"),
      ...Object.entries(volumes).map(([destination, source]) => ({
        destination,
        source,
        type: "bind",
        options: ["bind", "rw", "nosuid", "nodev"],
      })),
    ],
    linux: {
      cgroupsPath: `/${name}`,
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      resources: { memory: { limit: memoryBytes } },
    },
  };
}
