import { liabilitiesErrors } from "../errors.ts";
import { ByteWriter } from "./ByteWriter.ts";
import type { Digest } from "./hashes.ts";
import { ASSET_ID_SIZE_MAX, ASSETS_MAX, DECIMALS_MAX } from "./limits.ts";
import type { ProofReader } from "./ProofReader.ts";

export interface Asset {
  /** 1 to 64 bytes of UTF-8. */
  readonly id: string;
  readonly decimals: number;
}

/** Assets are in column order. */
export interface AssetList {
  readonly assets: readonly Asset[];
  /** If true, debt columns follow the equity columns. */
  readonly hasDebt: boolean;
}

export interface Balances {
  readonly equity: readonly bigint[];
  readonly debt: readonly bigint[];
}

const MAGIC = Uint8Array.from([0x54, 0x4c, 0x41, 0x31]); // TLA1.

export function columnCount({ assets, hasDebt }: AssetList): number {
  return assets.length * (hasDebt ? 2 : 1);
}

export function amountsOf(
  list: AssetList,
  equity: readonly bigint[],
  debt: readonly bigint[],
): readonly bigint[] {
  const { length } = list.assets;
  if (equity.length !== length || debt.length !== (list.hasDebt ? length : 0)) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the balances do not match the list of assets",
      assets: length,
      hasDebt: list.hasDebt,
      equity: equity.length,
      debt: debt.length,
    });
  }
  return debt.length === 0 ? equity : [...equity, ...debt];
}

export function balancesOf(list: AssetList, amounts: readonly bigint[]): Balances {
  const { length } = list.assets;
  return { equity: amounts.slice(0, length), debt: amounts.slice(length) };
}

export function encodeAssetList(list: AssetList): Uint8Array {
  checkAssetList(list);
  const writer = new ByteWriter()
    .put(MAGIC)
    .u8(list.hasDebt ? 1 : 0)
    .u16(list.assets.length);
  for (const { id, decimals } of list.assets) writer.text(id).u8(decimals);
  return writer.bytes();
}

export function readAssetList(reader: ProofReader): AssetList {
  for (const byte of MAGIC) {
    if (reader.u8("asset list") !== byte) throw liabilitiesErrors.PROOF_MALFORMED({ what: "asset list" });
  }
  const flag = reader.u8("asset list");
  if (flag > 1) throw liabilitiesErrors.PROOF_MALFORMED({ what: "asset list", flag });
  const count = reader.u16("asset list");
  const assets = Array.from({ length: count }, () => ({
    id: reader.text("asset id"),
    decimals: reader.u8("decimals"),
  }));
  const list = { assets, hasDebt: flag === 1 };
  checkAssetList(list);
  return list;
}

export function hashAssetList(digest: Digest, list: AssetList): Uint8Array {
  return digest(encodeAssetList(list));
}

export function checkAssetList({ assets }: AssetList): void {
  if (assets.length === 0 || assets.length > ASSETS_MAX) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "invalid asset list of a snapshot",
      assets: assets.length,
    });
  }
  const ids = new Set<string>();
  for (const { id, decimals } of assets) {
    const size = new TextEncoder().encode(id).length;
    const isId = size > 0 && size <= ASSET_ID_SIZE_MAX && id.isWellFormed() && !ids.has(id);
    if (!isId || !Number.isInteger(decimals) || decimals < 0 || decimals > DECIMALS_MAX) {
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
        reason: "invalid asset list of a snapshot",
        id,
        decimals,
      });
    }
    ids.add(id);
  }
}
