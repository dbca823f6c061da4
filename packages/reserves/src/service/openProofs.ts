import type { Log } from "@trellis/base";
import {
  createMemoryCache,
  createReadThrough,
  createRedisCache,
  createSealedCache,
  openRedis,
  type ReadThrough,
  type ReadThroughPorts,
} from "@trellis/platform/cache";
import { uninterruptible } from "@trellis/platform/cancellation";
import type { Database } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { createLiveEnvelope, readSecret } from "@trellis/platform/secrets";
import type { ServiceIo, ServiceKeys } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createGuard } from "@trellis/resilience";
import { createProofFiles, PROOF_KEYS, type ProofFiles } from "../snapshots/index.ts";
import type { Stores } from "./openStores.ts";
import { ERASURE_JOB } from "./openWorkers.ts";

interface Proofs {
  readonly files: ProofFiles;
  readonly ledger: Stores["ledger"];
}

const BYTES_MAX = 64 << 20;
const LIFETIME_MS = 10 * 60_000;
/** A slower cache is useless, because building a proof takes less time. */
const GUARD = {
  name: "shared proofs",
  timeoutMs: 250,
  retriesMax: 0,
  breaker: { failures: 3, openMs: 2_000 },
  isPassing: () => true,
};
const FORGOTTEN_CHANNEL = "reserves_forgotten_proofs";

/** Caches proofs in this process and, encrypted, in Redis. */
export async function openProofs(
  { redis }: { readonly redis: string },
  {
    keys,
    stores,
    database,
    jobs,
  }: {
    readonly keys: ServiceKeys;
    readonly stores: Stores;
    readonly database: Database;
    readonly jobs: Pick<Jobs, "add">;
  },
  io: ServiceIo,
): Promise<Proofs> {
  const near = createMemoryCache({ bytesMax: BYTES_MAX }, { clock: systemClock });
  const far = redis === "" ? undefined : await openShared(redis, keys, io);
  const kept = createReadThrough(
    { name: "proofs", lifetimeMs: LIFETIME_MS },
    { near, metrics: io.metrics, ...(far === undefined ? {} : { far }) },
  );
  const files = createProofFiles({ ...stores, kept, nameKey: keys.proofNames });
  const forgetting = { kept, snapshots: stores.snapshots, log: io.log.child("proofs") };
  await io.lifecycle.start(
    "forgotten proofs",
    () => database.listen(FORGOTTEN_CHANNEL, (prefix) => void forgetTold(prefix, forgetting)),
    (listening) => listening.close(),
  );
  return {
    files,
    ledger: {
      ...stores.ledger,
      async eraseCustomerKey(customer) {
        await stores.ledger.eraseCustomerKey(customer);
        const prefix = files.keysOf(customer);
        await uninterruptible(async () => {
          await forgetTold(prefix, forgetting);
          await database.query("SELECT pg_notify($1, $2)", [FORGOTTEN_CHANNEL, prefix]);
          await jobs.add(ERASURE_JOB, {});
        });
      },
    },
  };
}

async function openShared(
  reference: string,
  keys: ServiceKeys,
  { lifecycle, log, metrics, ...io }: ServiceIo,
): Promise<NonNullable<ReadThroughPorts["far"]>> {
  const url = await readSecret(reference, "Address of the Redis server", io);
  const redis = await lifecycle.start(
    "redis of proofs",
    () => openRedis({ url, prefix: "trellis/reserves/" }, { log: log.child("redis") }),
    (opened) => opened.close(),
  );
  return {
    cache: createSealedCache(
      createRedisCache(redis),
      createLiveEnvelope(() => keys.masters, systemRandom),
    ),
    guard: createGuard(GUARD, { metrics }),
  };
}

interface Forgetting {
  readonly kept: ReadThrough;
  readonly snapshots: Pick<Stores["snapshots"], "forgetHeld">;
  readonly log: Log;
}

/** Without a prefix, deletes all proofs: notifications may have been missed. */
async function forgetTold(prefix: string | undefined, { kept, snapshots, log }: Forgetting): Promise<void> {
  const asFact = (error: unknown) => (error instanceof Error ? error : String(error));
  await snapshots.forgetHeld().catch((error: unknown) => {
    log.warn("trees.eraseFailed", {
      error: asFact(error),
      message: "Open trees keep the erased customer until the next erasure.",
    });
  });
  if (prefix === undefined) return kept.forgetHere(PROOF_KEYS);
  try {
    await kept.forget(prefix);
  } catch (error) {
    log.warn("proofs.eraseFailed", {
      lifetimeMs: LIFETIME_MS,
      error: asFact(error),
      message: "Proofs of the erased customer stay in the shared cache until they expire.",
    });
  }
}
