import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parametersOfShard, ZERO_HASH } from "@trellis/protocol";
import { DEFAULT_RPC_OPTIONS } from "@trellis/rpc";
import { expect, it, onTestFinished } from "vitest";
import { networkOf } from "../node/networkOf.ts";
import type { HostCalls, SentAnswer } from "./messages.ts";
import { ShardHost } from "./ShardHost.ts";

const network = networkOf("dev", { accounts: 1, validators: 1, shards: 2 });
const NEWEST: Parameters<HostCalls["open"]> = [
  { anchor: { hash: ZERO_HASH, number: 0, epoch: 0 }, state: { values: undefined, records: [] } },
  { epoch: 0, voters: [] },
];

function start(directory: string | undefined) {
  const ended: Error[] = [];
  const failures: string[] = [];
  const host = new ShardHost(
    {
      shard: 1,
      parameters: parametersOfShard(network, 1),
      directory,
      storeKind: "lmdb",
      isArchive: true,
      isDurable: false,
      hasIndex: false,
      mempool: undefined,
      p2p: undefined,
      rpc: DEFAULT_RPC_OPTIONS,
      privateKeys: [],
      developmentValidator: undefined,
      followed: [0, 1],
      isVerbose: false,
    },
    {
      onEnded: (error) => ended.push(error),
      answer: (): SentAnswer["value"] => undefined,
      calls: {
        crossLinks: () => undefined,
        changed: () => undefined,
        evidence: () => false,
        want: () => undefined,
        totals: () => undefined,
        call: async () => undefined,
        log: () => undefined,
        health: () => undefined,
        failed: (service) => void failures.push(service),
      },
    },
  );
  return { host, ended, failures };
}

it("SHARD_HOST_FAILED: the node learns why a shard does not open, and no call outlives the thread", async () => {
  const directory = await mkdtemp(join(tmpdir(), "trellis-host-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "shard"));
  await writeFile(join(directory, "shard", "chain"), "in the way");
  const { host, ended } = start(join(directory, "shard"));
  await expect(host.open(() => NEWEST)).rejects.toThrow(/in the way|EEXIST|ENOTDIR|STORE/);
  await host.stop();
  await expect(host.peer.ask("metrics")).rejects.toMatchObject({
    code: "SHARD_HOST_FAILED",
    facts: { shard: 1 },
  });
  expect(ended).toEqual([]);
});

it("SHARD_DATA_MISSING: a shard without peers lacks what shard 0 has recorded", async () => {
  const { host } = start(undefined);
  const record = {
    height: 3,
    number: 9,
    hash: `0x${"77".repeat(32)}`,
    stateRoot: ZERO_HASH,
    epoch: 0,
  } as const;
  const [{ anchor }, voters] = NEWEST;
  const newest = { anchor, state: { values: undefined, records: [record, record] } };
  await expect(host.open(() => [newest, voters])).rejects.toMatchObject({
    code: "SHARD_DATA_MISSING",
    facts: { shard: 1, head: 0, recorded: 9 },
  });
  await host.stop();
});

it("SHARD-20: a shard that is not open yet serves no messages, and does not fail because others arrive", async () => {
  const { host, failures } = start(undefined);
  const request = { source: 1, destination: 0, block: ZERO_HASH, first: 1, countMax: 1 };
  const record = { height: 1, number: 1, hash: ZERO_HASH, stateRoot: ZERO_HASH, epoch: 0 };
  host.peer.tell("expect", 0, record);
  expect(await host.peer.ask("rangeOf", request)).toBeUndefined();
  await host.stop();
  expect(failures).toEqual([]);
});
