import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStopped } from "../expectStopped.ts";
import { type Devnet, startDevnet } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";
import { ATTACKS } from "./kinds/index.ts";
import { observeAttack, Probe } from "./observeAttack.ts";

const ATTACK_MS = Number(process.env.TRELLIS_ATTACK_MS ?? 20_000);
const SAMPLES_MIN = ATTACK_MS / 200;
const READ_MS_MAX = 250;
const RECEIPT_MS_MAX = 1_000;
/** The guide recommends 4 GiB for public nodes. */
const MEMORY_MIB_MAX = 3_584;
const ACCOUNTS_OF_ATTACK = 4;
const FIRST_ACCOUNT = 10;

export function describeAttacks(title: string, args: readonly string[], names: readonly string[]): void {
  describe(title, () => {
    let devnet: Devnet;
    let probes: Probe[];
    let directory: TemporaryDirectory;

    beforeAll(async () => {
      const accounts = FIRST_ACCOUNT + names.length * ACCOUNTS_OF_ATTACK;
      directory = await temporaryDirectory();
      devnet = await startDevnet({
        dataDir: directory.path,
        args: ["--accounts", String(accounts), ...args],
      });
      const urls = [devnet.rpcUrl, ...(devnet.ready.nodes ?? []).slice(0, 1).map(({ rpc }) => rpc)];
      probes = await Promise.all(urls.map((url, index) => Probe.start(url, index)));
    });

    afterAll(async () => {
      for (const probe of probes ?? []) probe.stop();
      if (devnet !== undefined) expectStopped(await devnet.stop());
      await directory.remove();
    });

    it.each(names.map((name) => [ATTACKS[name]!.title, name]))("%s", { retry: 0 }, async (_, attack) => {
      const others = devnet.ready.nodes ?? [];
      const observed = await observeAttack({
        attack,
        url: devnet.rpcUrl,
        probes,
        pids: [devnet.pid, ...others.map(({ pid }) => pid)],
        firstAccount: FIRST_ACCOUNT + names.indexOf(attack) * ACCOUNTS_OF_ATTACK,
        p2p: devnet.ready.p2p?.addresses[0],
        attackMs: ATTACK_MS,
      });
      const { reads, receipts, failures, memoryMiBMax } = observed;
      console.log(`${title}, ${attack}: ${JSON.stringify(observed)}`);
      expect(failures).toEqual([]);
      expect(reads.count).toBeGreaterThanOrEqual(SAMPLES_MIN);
      expect(receipts.count).toBeGreaterThanOrEqual(SAMPLES_MIN);
      expect(reads.p99, "reads, p99 in ms").toBeLessThanOrEqual(READ_MS_MAX);
      expect(receipts.p99, "receipts, p99 in ms").toBeLessThanOrEqual(RECEIPT_MS_MAX);
      expect(memoryMiBMax, "memory in MiB").toBeLessThanOrEqual(MEMORY_MIB_MAX);
    });
  });
}
