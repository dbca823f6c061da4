import { bytesToHex, type Hex } from "@trellis/base";
import { type BlockReference, type ChainClient, type FinalityRule, finalHeightOf } from "@trellis/client";
import { RESERVES_REGISTRY_ADDRESS } from "@trellis/contracts/reserves";
import type { TreeHead } from "../log/index.ts";
import { decodeRecord, hashRecord } from "../snapshots/index.ts";
import { hashTotals } from "./createAnchoring.ts";
import { anchoringErrors } from "./errors.ts";
import { checkRegistry, findMismatch, readPublished } from "./registry.ts";

export interface AnchorClaim {
  /** Encoded record. Its signature is not checked here: see verifyRecord. */
  readonly bytes: Uint8Array;
  readonly custodian: Hex;
  readonly registry?: Hex;
  readonly head?: Pick<TreeHead, "size" | "root">;
  readonly rule: FinalityRule;
}

export interface VerifiedAnchor {
  readonly sequence: number;
  readonly published: { readonly height: number; readonly timeSeconds: number };
  /** Log proofs must match this head. */
  readonly logSize: number;
  readonly logRoot: Hex;
  readonly readAt: BlockReference;
}

/**
 * @param client of a trusted node, or of several that must agree
 * @throws ANCHOR_REFUSED, ANCHOR_MISSING, ANCHOR_MISMATCH, SNAPSHOT_RECORD_INVALID, codes of the client
 */
export async function verifyAnchor(claim: AnchorClaim, client: ChainClient): Promise<VerifiedAnchor> {
  const { bytes, custodian, registry = RESERVES_REGISTRY_ADDRESS, head, rule } = claim;
  const record = decodeRecord(bytes);
  const sequence = record.number;
  const height = await finalHeightOf(client, rule);
  const hash = height < 0 ? undefined : await client.blockHash(height);
  if (hash === undefined) throw anchoringErrors.ANCHOR_MISSING({ sequence, finalHeight: height });
  await checkRegistry(client, registry, hash);
  const published = await readPublished(client, { address: registry, custodian }, sequence, hash);
  if (published === undefined)
    throw anchoringErrors.ANCHOR_MISSING({ sequence, custodian, finalHeight: height });
  const mismatch = findMismatch(published, {
    previousRecordHash: record.previousRecordHash,
    recordHash: hashRecord(bytes),
    totalsHash: hashTotals(record.totals),
    logSize: head?.size ?? published.logSize,
    logRoot: head === undefined ? published.logRoot : bytesToHex(head.root),
  });
  if (mismatch !== undefined) throw anchoringErrors.ANCHOR_MISMATCH({ sequence, custodian, ...mismatch });
  const { blockHeight, blockTimeSeconds, logSize, logRoot } = published;
  return {
    sequence,
    published: { height: blockHeight, timeSeconds: blockTimeSeconds },
    logSize,
    logRoot,
    readAt: { height, hash },
  };
}
