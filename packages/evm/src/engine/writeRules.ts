import { type Fork, UINT64_MAX } from "@trellis/protocol";
import type { Precompile } from "../precompiles/Precompile.ts";
import { P256_VERIFY, repricesModexp } from "../precompiles/precompiles.ts";
import type { CoreMemory } from "./CoreMemory.ts";
import { MAP } from "./memoryMap.ts";

/** Of 0x100 in the set of precompiles. */
const P256_BIT = 63;

/** [EVM-22] @param inCore precompiles that the core contains */
export function writeRules(
  memory: CoreMemory,
  fork: Fork,
  precompiles: ReadonlyMap<number, Precompile>,
  inCore: readonly number[],
): void {
  const rules =
    (fork.hasCalldataFloor ? MAP.RULE_CALLDATA_FLOOR : 0) |
    (fork.hasSetCode ? MAP.RULE_SET_CODE : 0) |
    (fork.hasCountLeadingZeros ? MAP.RULE_COUNT_LEADING_ZEROS : 0) |
    (fork.hasOsakaModexp ? MAP.RULE_MODEXP_LIMIT : 0) |
    (repricesModexp(precompiles) ? MAP.RULE_MODEXP_PRICE : 0);
  memory.setU32(MAP.RULES, rules);
  memory.setU32(MAP.BLOBS_MAX, fork.blobsMax);
  memory.setU64(MAP.TRANSACTION_GAS_MAX, fork.transactionGasMax ?? UINT64_MAX);
  const bits = [...inCore, ...precompiles.keys()].map((id) => BigInt(id === P256_VERIFY ? P256_BIT : id));
  memory.setU64(
    MAP.PRECOMPILES,
    bits.reduce((mask, bit) => mask | (1n << bit), 0n),
  );
}
