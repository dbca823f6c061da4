import { bytesToHex, TrellisError } from "@trellis/base";
import {
  createGenesis,
  type Hash,
  type MiningService,
  type OfferedTemplate,
  sim,
  type TemplateWatcher,
  type WorkRequest,
  ZERO_HASH,
} from "@trellis/protocol";

const GOOD_NONCE = 7n;

export class FakeMining implements MiningService {
  readonly asked: { readonly request: WorkRequest; readonly caller: string }[] = [];
  /** Whether the callers were known. */
  readonly known: boolean[] = [];
  readonly watchers = new Set<TemplateWatcher>();
  #made = 0;

  async template(request: WorkRequest, caller: string): Promise<OfferedTemplate> {
    this.asked.push({ request, caller });
    return this.make(request);
  }

  watch(request: WorkRequest, caller: string, watcher: TemplateWatcher): () => void {
    this.asked.push({ request, caller });
    this.watchers.add(watcher);
    watcher.notify(this.make(request));
    return () => void this.watchers.delete(watcher);
  }

  async submit(id: Hash, nonce: bigint, _caller: string, isKnown = false): Promise<Hash> {
    this.known.push(isKnown);
    if (nonce === GOOD_NONCE) return `0x${"b1".repeat(32)}`;
    const entry = { message: "wrong nonce", hint: "check the miner", consequence: "reject" } as const;
    throw new TrellisError("WORK_INSUFFICIENT", entry, { template: id, nonce });
  }

  workers: MiningService["workers"] = () => [
    {
      source: "stratum",
      stream: 0,
      device: "BzMiner/21",
      worker: `0x${"11".repeat(20)}.rig`,
      connections: 1,
      difficulty: 0.5,
      hashRate: 1_000,
      accepted: 3,
      stale: 2,
      invalid: 1,
      duplicate: 0,
      blocks: 3,
      blue: 1,
      red: 1,
      rewardsWei: 2n * 10n ** 18n,
      lastShareMs: undefined,
    },
  ];

  make({ stream, miner }: WorkRequest): OfferedTemplate {
    const { header, body } = createGenesis(sim, ZERO_HASH);
    const sealRoot = new Uint8Array(32).fill(++this.#made);
    const template = { header: { ...header, stream, miner }, body, sealRoot, target: 255n };
    return { id: bytesToHex(sealRoot), template, expiresMs: 1_700_000_030_000.25 };
  }
}
