import type { Log, Scheduler } from "@trellis/base";
import { repeat } from "@trellis/platform/service";
import type { SignerClient } from "../signer/index.ts";

const LOOK_MS = 5_000;

/** Detects an unavailable signer before a trade needs it. */
export function watchSigner(
  current: () => SignerClient | undefined,
  { scheduler, log }: { readonly scheduler: Scheduler; readonly log: Log },
): { stop(): void } {
  let before: string | undefined;
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const signer = current();
    await signer?.check().catch(() => undefined);
    isAsking = false;
    const failure = signer?.failure();
    if (failure === before) return;
    before = failure;
    if (failure === undefined) log.info("signer.recovered");
    else log.error("signer.lost", { reason: failure, message: "No new transactions are sent." });
  };
  void look();
  const looking = repeat(scheduler, LOOK_MS, () => void look());
  return {
    stop() {
      looking.stop();
      current()?.close();
    },
  };
}
