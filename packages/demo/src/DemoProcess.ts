import type { ChildProcess } from "node:child_process";
import { platformErrors } from "@trellis/platform";
import { readyLineOf, spawnChild, stopChild } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import type { DemoMessage, DemoReady } from "./demoServices.ts";

export interface DemoProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly restartMs?: number;
}

interface DemoProcessPorts extends Pick<ServiceIo, "environment" | "log"> {
  readonly seed: (url: string) => void;
}

/** Allows for a busy machine. */
const START_MS_MAX = 120_000;
const RESTART_MS = 5_000;
/** V8's default of 16 MiB would use 70 MB more memory and save no time. */
const NODE_FLAGS = ["--max-semi-space-size=1"];

export class DemoProcess {
  url: string | undefined;
  arbitrageUrl: string | undefined;
  failure: string | undefined;
  readonly #options: DemoProcessOptions;
  readonly #ports: DemoProcessPorts;
  #child: ChildProcess | undefined;
  #isStopping = false;

  constructor(options: DemoProcessOptions, ports: DemoProcessPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** @throws SERVICE_FAILED */
  begin(): Promise<DemoReady> {
    const { file, args, restartMs = RESTART_MS } = this.#options;
    const { environment, log } = this.#ports;
    const child = spawnChild(args, { file, environment, nodeFlags: NODE_FLAGS });
    this.#child = child;
    child.on("message", ({ arbitrageUrl }: DemoMessage) => {
      this.arbitrageUrl = arbitrageUrl;
    });
    const ready = readyLineOf<DemoReady>(child, START_MS_MAX, (reason) =>
      platformErrors.SERVICE_FAILED({ phase: "start", service: "demo custodian", reason }),
    );
    child.once("exit", (exitCode, signal) => {
      this.url = undefined;
      this.arbitrageUrl = undefined;
      if (this.#isStopping) return;
      this.failure = `it exited with ${exitCode ?? signal}`;
      log.error("demo.ended", { exitCode, signal });
      ready.then(() => systemScheduler.after(restartMs, () => this.#restart())).catch(() => {});
    });
    return ready;
  }

  serve(url: string): void {
    this.url = url;
    this.#ports.seed(url);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child !== undefined) await stopChild(this.#child);
  }

  #restart(): void {
    if (this.#isStopping) return;
    const { log } = this.#ports;
    this.begin().then(
      ({ url }) => {
        this.failure = undefined;
        if (url !== null) this.serve(url);
        log.info("demo.restarted");
      },
      (error) => log.error("demo.restartFailed", { error }),
    );
  }
}
