import { isTrellisError } from "@trellis/base";
import type { Hash, MiningService, OfferedTemplate, WorkRequest } from "@trellis/protocol";
import { targetToDifficulty } from "./difficulty.ts";
import { refusedShare } from "./refusedShare.ts";
import type { Worker, Workers } from "./Workers.ts";

/** More than a node keeps, because stale submissions count too. */
const TEMPLATES_MAX = 1_024;

interface Offer {
  readonly worker: Worker;
  readonly difficulty: number;
}

/** Counts submissions of JSON-RPC by stream and reward address. */
export function countSubmissions(
  templates: Omit<MiningService, "workers">,
  workers: Workers,
): Omit<MiningService, "workers"> {
  const offers = new Map<Hash, Offer>();
  const workerOf = ({ stream, miner }: WorkRequest) => workers.at({ source: "rpc", stream, worker: miner });
  const remember = ({ id, template }: OfferedTemplate): void => {
    const worker = workerOf(template.header);
    worker.difficulty = targetToDifficulty(template.target);
    offers.set(id, { worker, difficulty: worker.difficulty });
    for (const oldest of offers.keys()) {
      if (offers.size <= TEMPLATES_MAX) break;
      offers.delete(oldest);
    }
  };
  return {
    async template(request, caller) {
      const offered = await templates.template(request, caller);
      remember(offered);
      return offered;
    },
    watch(request, caller, watcher) {
      const unwatch = templates.watch(request, caller, {
        notify(offered) {
          remember(offered);
          watcher.notify(offered);
        },
        end: () => watcher.end(),
      });
      const worker = workerOf(request);
      worker.connections++;
      let isWatching = true;
      return () => {
        if (isWatching) worker.connections--;
        isWatching = false;
        unwatch();
      };
    },
    async submit(id, nonce, caller, isKnown) {
      const { worker, difficulty = 0 } = offers.get(id) ?? {};
      try {
        const block = await templates.submit(id, nonce, caller, isKnown);
        worker?.add("accepted", difficulty);
        worker?.addBlock(block);
        return block;
      } catch (error) {
        const outcome = isTrellisError(error) ? refusedShare(error.code) : undefined;
        if (outcome !== undefined) worker?.add(outcome, 0);
        throw error;
      }
    },
  };
}
