import { schnorr } from "@noble/curves/secp256k1.js";
import { bytesEqual, bytesToBigint, compareBytes } from "@trellis/base";
import { SECP256K1_ORDER } from "@trellis/crypto";
import { assetsErrors } from "../errors.ts";
import { list, varBytes } from "./encode.ts";
import { taggedHash } from "./hashes.ts";
import { checkClean, runScript } from "./runScript.ts";
import {
  SIGHASH_ALL,
  SIGHASH_DEFAULT,
  type SigningContext,
  tapLeafHash,
  taprootHash,
} from "./signatureHash.ts";

const ANNEX_MARK = 0x50;
const LEAF_VERSION = 0xc0;
const CONTROL_BASE_SIZE = 33;
const DEPTH_MAX = 128;
const SIGNATURE_SIZE = 64;
/** BIP-342: one check is free, plus one per 50 bytes of witness. */
const SIGNATURE_COST = 50;

/** BIP-341 and BIP-342. @param outputKey 32 bytes */
export function verifyTaproot(
  outputKey: Uint8Array,
  witness: readonly Uint8Array[],
  context: SigningContext,
): void {
  const last = witness.at(-1);
  if (last === undefined) throw failed("the witness is empty");
  if (witness.length > 1 && last[0] === ANNEX_MARK)
    throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ taproot: "annex" });
  if (witness.length === 1) {
    if (!checkSchnorr(last, outputKey, context)) throw failed("a signature does not match");
    return;
  }
  const script = witness.at(-2) as Uint8Array;
  const leafVersion = (last[0] ?? 0) & 0xfe;
  const leafHash = tapLeafHash(leafVersion, script);
  checkControlBlock(outputKey, last, leafHash);
  if (leafVersion !== LEAF_VERSION) throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ leafVersion });

  let budget = SIGNATURE_COST + list(witness.map(varBytes)).length;
  const left = runScript(script, witness.slice(0, -2), {
    ...context,
    version: "tapscript",
    checkSignature(signature, publicKey) {
      budget -= SIGNATURE_COST;
      if (budget < 0) throw failed("too many signatures are checked");
      return checkSchnorr(signature, publicKey, context, leafHash);
    },
  });
  checkClean(left);
}

function checkControlBlock(outputKey: Uint8Array, control: Uint8Array, leafHash: Uint8Array): void {
  const pathSize = control.length - CONTROL_BASE_SIZE;
  if (pathSize < 0 || pathSize % 32 !== 0 || pathSize / 32 > DEPTH_MAX)
    throw failed("the control block's length is wrong");
  const internalKey = control.subarray(1, CONTROL_BASE_SIZE);
  let root = leafHash;
  for (let at = CONTROL_BASE_SIZE; at < control.length; at += 32) {
    const sibling = control.subarray(at, at + 32);
    const [left, right] = compareBytes(root, sibling) < 0 ? [root, sibling] : [sibling, root];
    root = taggedHash("TapBranch", left, right);
  }
  const tweaked = tweakedKey(internalKey, bytesToBigint(taggedHash("TapTweak", internalKey, root)));
  const isOdd = ((control[0] ?? 0) & 1) === 1;
  if (tweaked === undefined || !bytesEqual(tweaked.key, outputKey) || tweaked.isOdd !== isOdd)
    throw failed("the script does not match the address");
}

function tweakedKey(internalKey: Uint8Array, tweak: bigint): { key: Uint8Array; isOdd: boolean } | undefined {
  if (tweak === 0n || tweak >= SECP256K1_ORDER) return undefined;
  try {
    const point = schnorr.utils.lift_x(bytesToBigint(internalKey)).add(schnorr.Point.BASE.multiply(tweak));
    return { key: schnorr.utils.pointToBytes(point), isOdd: point.toAffine().y % 2n === 1n };
  } catch {
    return undefined;
  }
}

function checkSchnorr(
  signature: Uint8Array,
  publicKey: Uint8Array,
  context: SigningContext,
  leafHash?: Uint8Array,
): boolean {
  const [hashType = SIGHASH_DEFAULT] = signature.subarray(SIGNATURE_SIZE);
  const isForm =
    signature.length === SIGNATURE_SIZE ||
    (signature.length === SIGNATURE_SIZE + 1 && hashType === SIGHASH_ALL);
  if (!isForm) throw failed("a signature is not over all (SIGHASH_ALL or default)");
  const message = taprootHash(context, hashType, leafHash);
  return context.counter.check(() =>
    schnorr.verify(signature.subarray(0, SIGNATURE_SIZE), message, publicKey),
  );
}

function failed(reason: string) {
  return assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason });
}
