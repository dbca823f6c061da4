import type { ChildProcess } from "node:child_process";
import { platformErrors } from "@trellis/platform";
import { readyLineOf, stopChild } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import type { DemoArguments, DemoMessage, DemoReady } from "./demoServices.ts";
import { spawnDemo } from "./standByDemo.ts";

export interface DemoProcessOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** Becomes the first process if it still runs. */
  readonly standby?: ChildProcess | undefined;
  readonly restartMs?: number;
}

interface DemoProcessPorts extends Pick<ServiceIo, "environment" | "log"> {
  readonly seed: (url: string) => void;
}

/** Allows for a busy machine. */
const START_MS_MAX = 120_000;
const RESTART_MS = 5_000;

export class DemoProcess {
  url: string | undefined;
  arbitrageUrl: string | undefined;
  failure: string | undefined;
  readonly #options: DemoProcessOptions;
  readonly #ports: DemoProcessPorts;
  #child: ChildProcess | undefined;
  #standby: ChildProcess | undefined;
  #isStopping = false;

  constructor(options: DemoProcessOptions, ports: DemoProcessPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#standby = options.standby;
  }

  /** @throws SERVICE_FAILED */
  begin(): Promise<DemoReady> {
    const { restartMs = RESTART_MS } = this.#options;
    const { log } = this.#ports;
    const child = this.#takeStandby() ?? spawnDemo(this.#options.file, this.#options.args, this.#ports);
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

  #takeStandby(): ChildProcess | undefined {
    const standby = this.#standby;
    this.#standby = undefined;
    if (standby?.connected !== true) return undefined;
    standby.send({ args: this.#options.args } satisfies DemoArguments);
    return standby;
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
