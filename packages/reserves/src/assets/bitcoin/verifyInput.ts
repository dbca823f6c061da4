import { bytesEqual, concatBytes, isTrellisError } from "@trellis/base";
import { derToSignature, sha256, verify } from "@trellis/crypto";
import { assetsErrors } from "../errors.ts";
import { varBytes } from "./encode.ts";
import { hash160 } from "./hashes.ts";
import { checkClean, ELEMENT_SIZE_MAX, runScript, type ScriptVersion } from "./runScript.ts";
import { checkScriptSize, outputKind, parseScript } from "./script.ts";
import { legacyHash, SIGHASH_ALL, type SigningContext, segwitHash } from "./signatureHash.ts";
import type { BitcoinInput, BitcoinOutput } from "./transaction.ts";
import { verifyTaproot } from "./verifyTaproot.ts";

export function verifyInput(context: SigningContext): void {
  const input = context.transaction.inputs[context.inputIndex] as BitcoinInput;
  const { script } = context.coins[context.inputIndex] as BitcoinOutput;
  const kind = outputKind(script);
  if (kind.kind === "witness") {
    if (input.scriptSig.length > 0) throw failed("segwit allows no scriptSig");
    verifyWitness(kind.version, kind.program, input.witness, context);
    return;
  }
  const stack = pushesOf(input.scriptSig);
  if (kind.kind === "bare") {
    if (input.witness.length > 0) throw failed("only segwit has a witness");
    verifyLegacy(script, stack, context);
    return;
  }
  const redeemScript = stack.pop();
  if (redeemScript === undefined || !bytesEqual(hash160(redeemScript), kind.hash))
    throw failed("the script does not match the address");
  const inner = outputKind(redeemScript);
  if (inner.kind === "witness") {
    // BIP-141: the scriptSig is exactly one push.
    if (stack.length > 0) throw failed("segwit allows no other scriptSig");
    verifyWitness(inner.version, inner.program, input.witness, context, "in a script hash");
    return;
  }
  if (input.witness.length > 0) throw failed("only segwit has a witness");
  verifyLegacy(redeemScript, stack, context);
}

/** A standard scriptSig contains only pushes. */
function pushesOf(scriptSig: Uint8Array): Uint8Array[] {
  checkScriptSize(scriptSig);
  return parseScript(scriptSig).map((step) => {
    if (step.push === undefined) throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ operation: step.operation });
    if (step.push.length > ELEMENT_SIZE_MAX) throw failed("an element is too large");
    return step.push;
  });
}

function verifyLegacy(script: Uint8Array, stack: readonly Uint8Array[], context: SigningContext): void {
  run("legacy", script, stack, context, () => legacyHash(context, script));
}

function verifyWitness(
  version: number,
  program: Uint8Array,
  witness: readonly Uint8Array[],
  context: SigningContext,
  place: "itself" | "in a script hash" = "itself",
): void {
  if (version === 1 && program.length === 32 && place === "itself") {
    verifyTaproot(program, witness, context);
    return;
  }
  if (version !== 0) throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ segwitVersion: version, place });
  if (program.length === 20) {
    if (witness.length !== 2) throw failed("a key's witness is signature and key");
    // BIP-143 defines this script for a key hash.
    const script = concatBytes(Uint8Array.of(0x76, 0xa9, 20), program, Uint8Array.of(0x88, 0xac));
    run("v0", script, witness, context, () => segwitHash(context, script));
    return;
  }
  const script = witness.at(-1);
  if (script === undefined || program.length !== 32 || !bytesEqual(sha256(script), program))
    throw failed("the script does not match the address");
  run("v0", script, witness.slice(0, -1), context, () => segwitHash(context, script));
}

function run(
  version: ScriptVersion,
  script: Uint8Array,
  stack: readonly Uint8Array[],
  context: SigningContext,
  hashToSign: () => Uint8Array,
): void {
  let hash: Uint8Array | undefined;
  const checkSignature = (signature: Uint8Array, publicKey: Uint8Array) => {
    if (version === "legacy") checkNoFindAndDelete(script, signature);
    hash ??= hashToSign();
    const signed = hash;
    return context.counter.check(() => checkEcdsa(signature, publicKey, version, signed));
  };
  const left = runScript(script, stack, { ...context, version, checkSignature });
  checkClean(left);
}

/** Requires strict DER, low s, SIGHASH_ALL and, in segwit, compressed keys. */
function checkEcdsa(
  signature: Uint8Array,
  publicKey: Uint8Array,
  version: ScriptVersion,
  hash: Uint8Array,
): boolean {
  if (signature.at(-1) !== SIGHASH_ALL) throw failed("a signature is not over all (SIGHASH_ALL)");
  if (version === "v0" && publicKey.length !== 33) throw failed("a key in segwit is not compressed");
  try {
    return verify(hash, derToSignature(signature.subarray(0, -1)), publicKey);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: error.code }, error);
  }
}

/** CONST_SCRIPTCODE: legacy hashing would remove the signature from the script. */
function checkNoFindAndDelete(script: Uint8Array, signature: Uint8Array): void {
  const pushed = Buffer.from(varBytes(signature));
  if (Buffer.from(script.buffer, script.byteOffset, script.length).includes(pushed))
    throw failed("a script holds its own signature");
}

function failed(reason: string) {
  return assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason });
}
