import { once } from "node:events";
import { text } from "node:stream/consumers";
import { platformErrors } from "@trellis/platform";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import { type ProcessPlace, spawnTrellis } from "./DrilledDevnet.ts";

/**
 * Runs `trellis backup` in a process of its own, as an operator does.
 * @returns what it prints
 * @throws SERVICE_FAILED
 */
export async function runBackupVerb<T>(
  operands: readonly string[],
  place: ProcessPlace,
  lifecycle: Lifecycle,
): Promise<T> {
  const { child, closed } = await lifecycle.start(
    "backup process",
    () => {
      const started = spawnTrellis(["backup", ...operands, "--json"], place);
      return { child: started, closed: once(started, "close") };
    },
    async (running) => {
      running.child.kill("SIGKILL");
      await running.closed;
    },
  );
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  if (exitCode === 0) return JSON.parse(stdout) as T;
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  throw platformErrors.SERVICE_FAILED({ phase: "run", service: `backup ${operands[0]}`, exitCode, reason });
}
