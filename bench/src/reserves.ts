import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { bytesToHex } from "@trellis/base";
import { systemScheduler } from "@trellis/platform/system";
import {
  type AssetList,
  type CustomerRow,
  createDenseTree,
  createSegmentPool,
  encodeProof,
  type LiabilityTree,
  type SegmentBuilder,
  sumScheme,
  verifyProofFile,
} from "@trellis/reserves/liabilities";
import { MerkleTree } from "merkletreejs";
import type { Benchmark } from "./benchmark.ts";
import { quantilesOf } from "./quantilesOf.ts";

const FULL = {
  customers: 1_000_000,
  leaves: 262_144,
  slowLeaves: 16_384,
  rounds: 5,
  samples: 5_000,
};
const SMALL = { customers: 2_000, leaves: 2_048, slowLeaves: 512, rounds: 2, samples: 50 };
type Size = typeof FULL;

const ASSETS = [1, 20] as const;
const POOL = 1024;

export const reservesBenchmark: Benchmark = {
  name: "reserves",
  summary: "Merkle trees of a custodian's liabilities: a million customers, one asset and twenty",
  async run({ small, log }) {
    const size = small ? SMALL : FULL;
    const dense = benchDense(size, log);
    const padded: Record<string, Padded> = {};
    for (const assets of ASSETS) padded[assets] = await benchPadded(size, assets, log);
    const of = (pick: (figures: Padded) => number) =>
      Object.fromEntries(Object.entries(padded).map(([assets, figures]) => [assets, pick(figures)]));
    const most = padded[ASSETS[1]] as Padded;
    return {
      dense: { leavesPerSecond: dense.ours },
      padded: {
        customersPerSecond: of(({ onePerSecond }) => onePerSecond),
        customersPerCpuSecond: of(({ onePerCpuSecond }) => onePerCpuSecond),
        customersPerSecondOnAllCores: of(({ allPerSecond }) => allPerSecond),
      },
      proofMs: most.proofMs,
      updateMs: most.updateMs,
      verifyMs: most.verifyMs,
      proofBytes: of(({ proofBytes }) => proofBytes),
      memory: {
        treeBytes: of(({ treeBytes }) => treeBytes),
        ofRawNodes: of(({ ofRawNodes }) => ofRawNodes),
        residentMaxBytes: process.resourceUsage().maxRSS * 1024,
      },
      ratio: {
        merkletreejs: dense.ours / dense.merkletreejs,
        openzeppelin: dense.ours / dense.openzeppelin,
      },
      peerLeavesPerSecond: { merkletreejs: dense.merkletreejs, openzeppelin: dense.openzeppelin },
      peers: {
        merkletreejs: versionOf("merkletreejs"),
        openzeppelin: versionOf("@openzeppelin/merkle-tree"),
      },
      customers: size.customers,
      leaves: size.leaves,
      resultHash: dense.root,
    };
  },
};

/** Fastest round: other processes can only slow rounds down. */
function benchDense({ leaves: count, slowLeaves, rounds }: Size, log: (line: string) => void) {
  const leaves = Array.from({ length: count }, (_, index) => sha256(Buffer.from(`leaf ${index}`)));
  const hexes = leaves.slice(0, slowLeaves).map((leaf) => `0x${leaf.toString("hex")}`);
  const best = { ours: 0, merkletreejs: 0, openzeppelin: 0, root: "" };
  for (let round = 0; round < rounds; round++) {
    const [ours, tree] = timed(() => createDenseTree(leaves));
    const [first, theirs] = timed(() => new MerkleTree(leaves, sha256, { hashLeaves: true }).getRoot());
    const [second, other] = timed(() => SimpleMerkleTree.of(hexes).root);
    if (theirs.length !== 32 || other.length !== 66) throw new TypeError("a peer gave no root");
    best.ours = Math.max(best.ours, (1000 * count) / ours);
    best.merkletreejs = Math.max(best.merkletreejs, (1000 * count) / first);
    best.openzeppelin = Math.max(best.openzeppelin, (1000 * slowLeaves) / second);
    best.root = bytesToHex(tree.root);
    log(
      `round ${round + 1}: ${perSecond((1000 * count) / ours)} leaves a second, merkletreejs ${perSecond((1000 * count) / first)}, OpenZeppelin ${perSecond((1000 * slowLeaves) / second)}`,
    );
  }
  return best;
}

type Padded = Awaited<ReturnType<typeof benchPadded>>;

async function benchPadded(size: Size, assets: number, log: (line: string) => void) {
  const { customers, samples } = size;
  const list: AssetList = {
    assets: Array.from({ length: assets }, (_, index) => ({ id: `ASSET${index}`, decimals: 8 })),
    hasDebt: false,
  };
  const pool = createSegmentPool(cpus().length, systemScheduler);
  const [all] = await timedBuild(list, customers, pool);
  await pool.close();
  const [one, tree, cpu] = await timedBuild(list, customers);
  log(
    `${assets} assets: ${perSecond(customers / one)} customers a second on one core, ${perSecond(customers / all)} on ${cpus().length}`,
  );
  const proofs: Uint8Array[] = [];
  const ids = Array.from({ length: samples }, (_, index) => `customer ${(index * 7919) % customers}`);
  const proofMs = spread(ids.map((id) => timed(() => proofs.push(encodeProof(tree.prove([id]))))[0]));
  const verifyMs = spread(proofs.map((proof) => timed(() => expectValid(proof))[0]));
  const balances = (index: number) => ({ equity: list.assets.map(() => BigInt(index)), debt: [] });
  const updateMs = spread(ids.map((id, index) => timed(() => tree.update(id, balances(index)))[0]));
  log(
    `${assets} assets: p99 of a proof ${proofMs.p99.toFixed(3)} ms, verification ${verifyMs.p99.toFixed(3)} ms, change ${updateMs.p99.toFixed(3)} ms`,
  );
  return {
    onePerSecond: customers / one,
    onePerCpuSecond: customers / cpu,
    allPerSecond: customers / all,
    proofMs,
    verifyMs,
    updateMs,
    proofBytes: proofs[0]?.length ?? 0,
    treeBytes: tree.byteLength,
    ofRawNodes: tree.byteLength / rawNodeBytes(tree, assets),
  };
}

async function timedBuild(
  assets: AssetList,
  customers: number,
  segments?: SegmentBuilder,
): Promise<[seconds: number, LiabilityTree, cpuSeconds: number]> {
  const rows = customerRows(customers, assets.assets.length);
  const ports = { random: { bytes: (count: number) => new Uint8Array(randomBytes(count)) } };
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const terms = { snapshotId: sha256(Buffer.from("benchmark")), assets };
  const tree = await sumScheme.build(rows, terms, segments === undefined ? ports : { ...ports, segments });
  const { user, system } = process.cpuUsage(cpu);
  return [(performance.now() - startMs) / 1000, tree, (user + system) / 1e6];
}

function* customerRows(count: number, assets: number): Iterable<CustomerRow> {
  const keys = Array.from(
    { length: POOL },
    (_, index) => new Uint8Array(sha256(Buffer.from(`key ${index}`))),
  );
  const equities = Array.from({ length: POOL }, (_, index) =>
    Array.from({ length: assets }, (_, asset) => BigInt(index * 1_000_003 + asset) ** 2n),
  );
  for (let index = 0; index < count; index++) {
    const pooled = index % POOL;
    yield {
      customerId: `customer ${index}`,
      userKey: keys[pooled] as Uint8Array,
      equity: equities[pooled] as bigint[],
    };
  }
}

/** Expected bytes of all nodes on the leaves' paths, for random positions. */
function rawNodeBytes({ record, customerCount }: LiabilityTree, assets: number): number {
  const leafCount = customerCount * (record.shares ?? 1);
  let nodes = 0;
  for (let level = 0; level <= record.depth; level++) {
    const places = 2 ** (record.depth - level);
    nodes += -places * Math.expm1(leafCount * Math.log1p(-1 / places));
  }
  return nodes * (32 + 16 * assets);
}

function expectValid(proof: Uint8Array): void {
  if (!verifyProofFile(proof).isValid) throw new TypeError("a proof does not hold");
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function timed<Value>(run: () => Value): [number, Value] {
  const startMs = performance.now();
  const value = run();
  return [performance.now() - startMs, value];
}

function spread(timesMs: readonly number[]) {
  const at = quantilesOf(timesMs);
  return { p50: at(0.5), p99: at(0.99) };
}

function perSecond(figure: number): string {
  return Math.round(figure).toLocaleString("en");
}

function versionOf(name: string): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  return devDependencies[name] ?? "unknown";
}
