import { hashAssetList } from "../verify/assetList.ts";
import { portableHashes } from "../verify/hashes.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import { hashCustomerId, leafPreimage, nodePreimage } from "../verify/preimages.ts";
import { sumsFromAmounts } from "../verify/sums.ts";

const digest = portableHashes.sha256;

/** Built by hand, because the builders reject duplicate customers. */
export function doubledCustomer(snapshotId: Uint8Array) {
  const assets = { assets: [{ id: "BTC", decimals: 8 }], hasDebt: false };
  const leaves = [1n, 2n].map((amount, position) => ({
    customerId: "bob",
    salt: new Uint8Array(32).fill(position + 1),
    position,
    sums: sumsFromAmounts([amount]),
  }));
  const nodes = leaves.map(({ customerId, salt, sums }) => ({
    hash: digest(leafPreimage(snapshotId, hashCustomerId(digest, customerId), salt, sums)),
    sums,
  }));
  const record: ProofFile["record"] = {
    scheme: "sum",
    hash: "sha256",
    snapshotId,
    depth: 1,
    treeSize: 0,
    assetListHash: hashAssetList(digest, assets),
    root: digest(nodePreimage(1, nodes[0]!, nodes[1]!)),
    totals: sumsFromAmounts([3n]),
  };
  const proofs: ProofFile[] = leaves.map((leaf, index) => ({
    record,
    assets,
    leaves: [leaf],
    siblings: [nodes[1 - index]!],
  }));
  const together: ProofFile = { record, assets, leaves, siblings: [] };
  return { record, proofs, together };
}
