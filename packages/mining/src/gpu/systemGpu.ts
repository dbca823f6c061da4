import { fork } from "node:child_process";
import { once } from "node:events";
import { SerialQueue } from "@trellis/base";
import { miningErrors } from "../errors.ts";
import type { GpuAnswer, GpuSearched, GpuTask } from "./gpuTask.ts";

export interface GpuOptions {
  /** Of the GPU's process, by default this one's: Vulkan's loader reads VK_ICD_FILENAMES. */
  readonly environment?: NodeJS.ProcessEnv;
  /** A GPU that does not answer within this time is stopped. */
  readonly answerMs?: number;
  /** The process, for tests. */
  readonly file?: URL;
}

export interface Gpu {
  readonly adapter: string;
  /** One task at a time, in order. @throws GPU_UNAVAILABLE, then for each further task with the first reason */
  search(task: GpuTask): Promise<GpuSearched>;
  close(): void;
}

const FILE = new URL("./device/gpuProcess.ts", import.meta.url);
const ANSWER_MS = 10_000;
/** Starting loads the driver, and the first task of an algorithm compiles its shader. */
const COMPILE_MS = 60_000;

/** @throws GPU_UNAVAILABLE */
export async function startGpu(options: GpuOptions = {}): Promise<Gpu> {
  const { environment, answerMs = ANSWER_MS, file = FILE } = options;
  const child = fork(file, {
    ...(environment === undefined ? {} : { env: environment }),
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const stop = (): void => void child.kill("SIGKILL");
  const ended = once(child, "exit").then(
    ([code, signal]) => fail(`its process ended: ${signal ?? code}`),
    (error) => fail(String(error)),
  );
  // Nobody may be asking when it ends.
  ended.catch(() => {});

  const ask = async (task: GpuTask | undefined, withinMs: number): Promise<GpuAnswer> => {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), withinMs);
    try {
      const answer = once(child, "message", { signal: timeout.signal }).then(
        ([message]) => message as GpuAnswer,
        (error) => fail(timeout.signal.aborted ? `no answer within ${withinMs} ms` : String(error)),
      );
      if (task !== undefined) child.send(task, () => {});
      return await Promise.race([answer, ended]);
    } catch (error) {
      stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const expect = <Kind extends GpuAnswer["kind"]>(answer: GpuAnswer, kind: Kind) => {
    if (answer.kind === kind) return answer as Extract<GpuAnswer, { kind: Kind }>;
    stop();
    return fail(answer.kind === "failed" ? answer.reason : "an answer out of turn");
  };

  const { adapter } = expect(await ask(undefined, COMPILE_MS), "ready");
  const compiled = new Set<string>();
  const queue = new SerialQueue();
  // The caller whose task fails may have left, and a process that hangs in its driver may not end.
  let failure: unknown;
  return {
    adapter,
    search: (task) =>
      queue.run(async () => {
        if (failure !== undefined) throw failure;
        const { algorithm } = task.work;
        try {
          const answer = await ask(task, compiled.has(algorithm) ? answerMs : Math.max(answerMs, COMPILE_MS));
          compiled.add(algorithm);
          return expect(answer, "searched");
        } catch (error) {
          failure = error;
          throw error;
        }
      }),
    close: stop,
  };
}

function fail(reason: string): never {
  throw miningErrors.GPU_UNAVAILABLE({ reason });
}
