import { crc32 } from "node:zlib";
import { bigintToBytes, bytesToHex, type Hex, hexToBytes, quantityToHex } from "@trellis/base";
import {
  type ChainView,
  FORKS,
  type Fork,
  type ForkActivation,
  HISTORY_STORAGE_ADDRESS,
} from "@trellis/protocol";
import { rpcErrors } from "../../errors.ts";
import { defineMethod } from "../Method.ts";

/** Without a time, forks of later blocks are not in the answer (EIP-7910). [RPC-31] */
export const config = defineMethod({
  name: "eth_config",
  summary: "Returns the rules of the newest chain block (EIP-7910): next and last are null.",
  handle({ chain }) {
    const { chainId, forks } = chain.parameters;
    const passed = forks.filter(({ number }) => number <= chain.head().header.number);
    const { name, number } = passed.at(-1)!;
    const current = {
      activationTime: timeOf(chain, number),
      blobSchedule: NO_BLOBS,
      chainId: quantityToHex(chainId),
      forkId: forkId(chain, passed),
      precompiles: precompilesOf(FORKS[name]),
      systemContracts: FORKS[name].hasBlockHashHistory
        ? { HISTORY_STORAGE_ADDRESS: HISTORY_STORAGE_ADDRESS }
        : {},
    };
    return { current, next: null, last: null };
  },
});

/** Without blobs, no fraction changes the blob base fee of 1. [EVM-1] */
const NO_BLOBS = { baseFeeUpdateFraction: 1, max: 0, target: 0 };

/** Seconds; 0 is genesis (EIP-7910). */
function timeOf(chain: ChainView, number: number): number {
  if (number === 0) return 0;
  const block = chain.blockByNumber(number);
  if (block === undefined) throw rpcErrors.RPC_HISTORY_PRUNED({ number, oldestNumber: chain.oldestNumber() });
  return block.timestamp;
}

/** EIP-6122, by numbers as in EIP-2124. */
export function forkId(
  { genesisHash }: Pick<ChainView, "genesisHash">,
  passed: readonly ForkActivation[],
): Hex {
  const checksum = passed
    .filter(({ number }) => number > 0)
    .reduce(
      (sum, { number }) => crc32(bigintToBytes(BigInt(number), 8), sum),
      crc32(hexToBytes(genesisHash)),
    );
  return bytesToHex(bigintToBytes(BigInt(checksum), 4));
}

/** EIP-7910's names, from address 1. */
const CANCUN = [
  ...["ECREC", "SHA256", "RIPEMD160", "ID", "MODEXP"],
  ...["BN254_ADD", "BN254_MUL", "BN254_PAIRING", "BLAKE2F", "KZG_POINT_EVALUATION"],
];
const BLS12_381 = [
  ...["BLS12_G1ADD", "BLS12_G1MSM", "BLS12_G2ADD", "BLS12_G2MSM"],
  ...["BLS12_PAIRING_CHECK", "BLS12_MAP_FP_TO_G1", "BLS12_MAP_FP2_TO_G2"],
];

/** Ethereum's, ML-DSA and proofs of possession, sorted by name. [EVM-5, EVM-12] */
function precompilesOf({ hasBls12381, hasP256Verify }: Fork): Record<string, Hex> {
  const ids: readonly (readonly [string, number])[] = [
    ...[...CANCUN, ...(hasBls12381 ? BLS12_381 : [])].map((name, index) => [name, index + 1] as const),
    ...([
      ["VERIFY_MLDSA", 0x12],
      ["BLS12_POSSESSION", 0x13],
    ] as const),
    ...(hasP256Verify ? ([["P256VERIFY", 0x100]] as const) : []),
  ];
  const sorted = ids.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, id]) => [name, bytesToHex(bigintToBytes(BigInt(id), 20))]));
}
