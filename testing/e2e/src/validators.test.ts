import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, Cluster, type ClusterNode, heightOf } from "./cluster/Cluster.ts";
import { eventually } from "./eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

/** Any three validators have more than two thirds of the stake; no two do. */
const NAMES = ["one", "two", "three", "four"] as const;
const BLOCK_TIME_MS = 500;
const WAIT_MS_MAX = 180_000;

let directory: TemporaryDirectory;
let cluster: Cluster;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const options = { directory: directory.path, blockTimeMs: BLOCK_TIME_MS, validators: NAMES.length };
  cluster = new Cluster(options);
  for (const name of NAMES) await start(name);
});

afterAll(async () => {
  await cluster?.stop();
  await directory?.remove();
});

function start(name: (typeof NAMES)[number]): Promise<ClusterNode> {
  const number = NAMES.indexOf(name) + 1;
  return cluster.start(name, undefined, ["--archive", "--development-validator", String(number)]);
}

const node = (name: string): ClusterNode => cluster.nodes.get(name)!;

interface Finality {
  readonly isFinalizing: boolean;
  readonly finalized: { readonly height: number; readonly hash: string };
}
const finality = (name: string): Promise<Finality> => ask<Finality>(node(name), "trellis_getFinality");
const heights = async (names: readonly string[]): Promise<number[]> =>
  Promise.all(names.map(async (name) => (await finality(name)).finalized.height));

async function untilFinal(names: readonly string[], more: number): Promise<void> {
  const goal = Math.max(...(await heights(names))) + more;
  await eventually(async () => Math.min(...(await heights(names))) >= goal, WAIT_MS_MAX);
}

function signedHeight(votes: string): number {
  const [line] = readFileSync(join(votes, "votes.json"), "utf8").split("\n");
  return Number(JSON.parse(line!).last?.height ?? 0);
}

async function readiness(name: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${node(name).devnet.httpUrl}/ready`);
  return { status: response.status, text: await response.text() };
}

async function metric(name: string, metricName: string): Promise<number> {
  const text = await (await fetch(`${node(name).devnet.httpUrl}/metrics`)).text();
  return Number(new RegExp(`^${metricName} (.+)$`, "m").exec(text)?.[1]);
}

describe("four validators in separate processes", () => {
  it("finalize the same checkpoints", async () => {
    await untilFinal(NAMES, 3);
    const height = Math.min(...(await heights(NAMES)));
    const certificates = await Promise.all(
      NAMES.map((name) =>
        ask<{ value: string }>(node(name), "trellis_getCertificate", `0x${height.toString(16)}`),
      ),
    );
    expect(new Set(certificates.map(({ value }) => value)).size).toBe(1);
    expect((await readiness("one")).status).toBe(200);
  });

  it("serve their states: a node with a trusted checkpoint starts from it, and follows finality", async () => {
    const { value } = await ask<{ value: string }>(node("one"), "trellis_getCertificate", "0x1");
    const five = await cluster.start("five", undefined, ["--checkpoint", value]);
    await untilFinal([...NAMES, "five"], 1);
    const { error } = await five.calls(five.devnet.rpcUrl, "eth_getBlockByNumber", ["0x1", false]);
    expect(error?.message).toBe("pruned history unavailable");
    expect(five.devnet.stderr()).toContain("stateSync.completed");
    await cluster.kill("five");
  });

  it("continue when one is killed", async () => {
    await cluster.kill("four");
    await untilFinal(["one", "two", "three"], 3);
    await start("four");
    await untilFinal(NAMES, 1);
  });

  it("report within seconds that finality stops when two are down, while blocks continue, and recover", async () => {
    const votes = join(directory.path, "four", "votes");
    const backup = join(directory.path, "backup");
    // After a restart, a validator observes before it signs.
    await eventually(
      async () => signedHeight(votes) > (await finality("four")).finalized.height,
      WAIT_MS_MAX,
    );
    cpSync(votes, backup, { recursive: true });
    await untilFinal(NAMES, 1);

    await cluster.kill("two");
    await cluster.kill("three");
    // All nodes are in the same situation, so the node stays in service.
    await eventually(async () => (await readiness("one")).text.includes("finalized nothing"), WAIT_MS_MAX);
    const { status, text } = await readiness("one");
    expect([status, Object.keys(JSON.parse(text).warnings)]).toEqual([200, ["finality"]]);
    await eventually(async () => (await metric("one", "trellis_finality_active")) === 0);
    const before = await heightOf(node("one"));
    await eventually(async () => (await heightOf(node("one"))) > before + 5, WAIT_MS_MAX);

    // The backup lacks node four's vote on the open checkpoint.
    await eventually(async () => signedHeight(votes) > (await finality("one")).finalized.height, WAIT_MS_MAX);
    await cluster.kill("four");
    rmSync(votes, { recursive: true });
    cpSync(backup, votes, { recursive: true });
    const restored = await start("four");
    const log = () => restored.devnet.stderr();
    await eventually(
      () => log().includes("VOTE_KEY_ELSEWHERE"),
      WAIT_MS_MAX,
      () => `\n${log()}`,
    );
    await cluster.kill("four");

    await start("two");
    await start("three");
    await untilFinal(["one", "two", "three"], 3);
    expect(await readiness("one")).toMatchObject({
      status: 200,
      text: expect.stringContaining('"warnings":{}'),
    });
    await eventually(async () => (await metric("one", "trellis_finality_active")) === 1);
  });
});
