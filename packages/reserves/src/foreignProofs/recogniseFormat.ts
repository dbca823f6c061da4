export const PUBLISHED_FORMATS = {
  "openzeppelin-dump": "OpenZeppelin Merkle tree",
  "openzeppelin-proof": "OpenZeppelin Merkle proof",
  "okx-v1": "OKX proof of liabilities, first format",
  "okx-v2": "OKX proof of liabilities, second format (leaves of one customer)",
  "okx-zk": "OKX proof of liabilities, zk-STARK",
  bitget: "Bitget proof of liabilities",
  "bip340-tagged": "Tagged hashes (BIP-340), ProofOfReserve_Leaf and _Branch",
} as const;
export type PublishedFormat = keyof typeof PUBLISHED_FORMATS;

type Members = Readonly<Record<string, unknown>>;

/** Recognises formats by properties, because file names are ambiguous. */
const STRUCTURES: readonly (readonly [PublishedFormat, (file: Members) => boolean])[] = [
  ["openzeppelin-dump", ({ format }) => format === "standard-v1" || format === "simple-v1"],
  ["openzeppelin-proof", (file) => Array.isArray(file.proof) && has(file, "root", "value")],
  ["okx-v1", ({ self, path }) => Array.isArray(path) && has(self, "balances", "hash", "height", "nonce")],
  ["bitget", ({ self, path }) => Array.isArray(path) && has(self, "balances", "merkelLeaf", "level", "role")],
  ["okx-v2", (file) => Array.isArray(file.nodes) && has(file, "hash", "nonce", "totalBalances")],
  ["okx-zk", (file) => has(file.batch_inclusion_proof, "merkle_path") && has(file, "trunk_inclusion_proof")],
  ["bip340-tagged", (file) => Array.isArray(file.siblings) && has(file, "leaf", "root")],
];

export function recogniseFormat(file: Members): PublishedFormat | undefined {
  return STRUCTURES.find(([, isIt]) => isIt(file))?.[0];
}

function has(value: unknown, ...members: readonly string[]): boolean {
  return typeof value === "object" && value !== null && members.every((name) => Object.hasOwn(value, name));
}
