import {
  type Block,
  type BlockTemplate,
  bodyRoot,
  compactToTarget,
  createBlock,
  createTransaction,
  type Header,
  targetToCompact,
} from "@trellis/protocol";
import type { Forbidden } from "../checks/Checks.ts";
import type { SealWork } from "../node/sharedWork.ts";
import type { RandomStream } from "../world/RandomStream.ts";

/** `change` and `body` return undefined if the template does not permit the violation. */
interface Breach {
  readonly kind: string;
  readonly from: Forbidden["from"];
  change(template: BlockTemplate, rng: RandomStream): Partial<Header> | undefined;
  body?(template: BlockTemplate): BlockTemplate["body"] | undefined;
  readonly isSealBad?: boolean;
}

const HOUR_MS = 3_600_000;

/** Costs no work, so it is the most likely attack. */
const NO_WORK: Breach = { kind: "proof of work", from: "dag", change: () => ({}), isSealBad: true };
const CHEAP_SHARE = 0.3;

const BREACHES: readonly Breach[] = [
  { kind: "state root", from: "chain", change: (_template, rng) => ({ stateRoot: hashOf(rng) }) },
  { kind: "receipts root", from: "chain", change: (_template, rng) => ({ receiptsRoot: hashOf(rng) }) },
  { kind: "accepted root", from: "chain", change: (_template, rng) => ({ acceptedRoot: hashOf(rng) }) },
  { kind: "gas used", from: "chain", change: ({ header }) => ({ gasUsed: header.gasUsed + 1n }) },
  {
    kind: "logs bloom",
    from: "chain",
    change: ({ header }) => ({ logsBloom: header.logsBloom.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }),
  },
  { kind: "version", from: "dag", change: () => ({ version: 99 }) },
  { kind: "shard", from: "dag", change: () => ({ shard: 7 }) },
  {
    kind: "parent twice",
    from: "dag",
    change: ({ header }) => ({ parents: [...header.parents, header.parents[0]!] }),
  },
  {
    kind: "order of parents",
    from: "dag",
    change: ({ header }) =>
      header.parents.length < 2 ? undefined : { parents: header.parents.toReversed() },
  },
  {
    kind: "extra",
    from: "dag",
    change: ({ header }) => ({ extra: new Uint8Array(32), number: header.number + 7 }),
  },
  {
    kind: "time ahead",
    from: "dag",
    change: ({ header }) => ({ timestampMs: header.timestampMs + HOUR_MS }),
  },
  { kind: "time behind", from: "dag", change: () => ({ timestampMs: 1 }) },
  {
    kind: "bits",
    from: "dag",
    change: ({ header }) => ({ bits: targetToCompact(compactToTarget(header.bits) / 2n) }),
  },
  { kind: "DAA score", from: "dag", change: ({ header }) => ({ daaScore: header.daaScore + 1 }) },
  { kind: "blue score", from: "dag", change: ({ header }) => ({ blueScore: header.blueScore + 1 }) },
  { kind: "blue work", from: "dag", change: ({ header }) => ({ blueWork: header.blueWork * 2n + 1n }) },
  { kind: "number", from: "dag", change: ({ header }) => ({ number: header.number + 1 }) },
  { kind: "base fee", from: "chain", change: ({ header }) => ({ baseFee: header.baseFee + 1n }) },
  { kind: "finalized", from: "chain", change: (_template, rng) => ({ finalized: hashOf(rng) }) },
  { kind: "body root", from: "dag", change: (_template, rng) => ({ bodyRoot: hashOf(rng) }) },
  {
    kind: "transaction twice",
    from: "dag",
    change: () => ({}),
    body: ({ body: { transactions, ...votes } }) =>
      transactions.length === 0 ? undefined : { ...votes, transactions: [...transactions, transactions[0]!] },
  },
  {
    kind: "signature",
    from: "dag",
    change: () => ({}),
    body: ({ body: { transactions, ...votes } }) => {
      const [first, ...others] = transactions;
      if (first === undefined || !("s" in first.signature)) return undefined;
      const signature = { ...first.signature, r: 5n, s: 1n };
      return { ...votes, transactions: [createTransaction(first, signature), ...others] };
    },
  },
];

/** Except for NO_WORK, the block has proof of work. */
export function invalidBlock(
  template: BlockTemplate,
  work: SealWork,
  rng: RandomStream,
): { readonly block: Block; readonly forbidden: Forbidden } | undefined {
  const {
    kind,
    from,
    change,
    body: changeBody,
    isSealBad,
  } = rng.chance(CHEAP_SHARE) ? NO_WORK : rng.pick(BREACHES);
  const changes = change(template, rng);
  const body = changeBody === undefined ? template.body : changeBody(template);
  if (changes === undefined || body === undefined) return undefined;
  const root = changeBody === undefined ? {} : { bodyRoot: bodyRoot(body) };
  const header = { ...template.header, ...root, ...changes };
  const nonce = work.search(header, BigInt(rng.uint32()), isSealBad !== true);
  const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
  return { block, forbidden: { kind, from } };
}

function hashOf(rng: RandomStream): Header["stateRoot"] {
  return `0x${Array.from({ length: 8 }, () => rng.uint32().toString(16).padStart(8, "0")).join("")}`;
}
