import { assetsErrors } from "../errors.ts";

/** Bitcoin Core, script.h. */
export const OP = {
  PUSHDATA1: 0x4c,
  PUSHDATA2: 0x4d,
  PUSHDATA4: 0x4e,
  NEGATE_1: 0x4f,
  ONE: 0x51,
  SIXTEEN: 0x60,
  IF: 0x63,
  NOTIF: 0x64,
  ELSE: 0x67,
  ENDIF: 0x68,
  VERIFY: 0x69,
  RETURN: 0x6a,
  TWO_DROP: 0x6d,
  DROP: 0x75,
  DUP: 0x76,
  SWAP: 0x7c,
  SIZE: 0x82,
  EQUAL: 0x87,
  EQUALVERIFY: 0x88,
  NUMEQUAL: 0x9c,
  NUMEQUALVERIFY: 0x9d,
  RIPEMD160: 0xa6,
  SHA256: 0xa8,
  HASH160: 0xa9,
  HASH256: 0xaa,
  CODESEPARATOR: 0xab,
  CHECKSIG: 0xac,
  CHECKSIGVERIFY: 0xad,
  CHECKMULTISIG: 0xae,
  CHECKMULTISIGVERIFY: 0xaf,
  CHECKLOCKTIMEVERIFY: 0xb1,
  CHECKSEQUENCEVERIFY: 0xb2,
  CHECKSIGADD: 0xba,
} as const;

export type ScriptStep =
  | { readonly push: Uint8Array }
  | { readonly push?: undefined; readonly operation: number };

const SCRIPT_SIZE_MAX = 10_000;

/** Tapscripts have no such limit. */
export function checkScriptSize(script: Uint8Array): void {
  if (script.length > SCRIPT_SIZE_MAX)
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({
      reason: "script too large",
      scriptSize: script.length,
      sizeMax: SCRIPT_SIZE_MAX,
    });
}

/** Enforces MINIMALDATA. */
export function parseScript(script: Uint8Array): ScriptStep[] {
  const steps: ScriptStep[] = [];
  for (let at = 0; at < script.length; ) {
    const operation = script[at++] as number;
    if (operation === OP.NEGATE_1) steps.push({ push: Uint8Array.of(0x81) });
    else if (operation >= OP.ONE && operation <= OP.SIXTEEN)
      steps.push({ push: Uint8Array.of(operation - OP.ONE + 1) });
    else if (operation > OP.PUSHDATA4) steps.push({ operation });
    else {
      const lengthSize = operation < OP.PUSHDATA1 ? 0 : 2 ** (operation - OP.PUSHDATA1);
      const length = lengthSize === 0 ? operation : readLength(script, at, lengthSize);
      at += lengthSize;
      const push = script.slice(at, at + length);
      if (push.length < length)
        throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "a push runs past the end" });
      if (operation !== shortestPush(push))
        throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "a push is not minimal" });
      steps.push({ push });
      at += length;
    }
  }
  return steps;
}

function readLength(script: Uint8Array, at: number, size: number): number {
  let length = 0;
  for (let byte = 0; byte < size; byte++) length += (script[at + byte] ?? 0) * 256 ** byte;
  return length;
}

function shortestPush(data: Uint8Array): number {
  const [first = 0] = data;
  if (data.length === 1 && first >= 1 && first <= 16) return OP.ONE + first - 1;
  if (data.length === 1 && first === 0x81) return OP.NEGATE_1;
  if (data.length < OP.PUSHDATA1) return data.length;
  return data.length <= 0xff ? OP.PUSHDATA1 : data.length <= 0xffff ? OP.PUSHDATA2 : OP.PUSHDATA4;
}

type OutputKind =
  | { readonly kind: "witness"; readonly version: number; readonly program: Uint8Array }
  | { readonly kind: "script-hash"; readonly hash: Uint8Array }
  | { readonly kind: "bare" };

/** BIP-141 and BIP-16. */
export function outputKind(script: Uint8Array): OutputKind {
  const [first = 0, second = 0] = script;
  const isVersion = first === 0 || (first >= OP.ONE && first <= OP.SIXTEEN);
  if (isVersion && script.length >= 4 && script.length <= 42 && second === script.length - 2) {
    return { kind: "witness", version: first === 0 ? 0 : first - OP.ONE + 1, program: script.subarray(2) };
  }
  if (script.length === 23 && first === OP.HASH160 && second === 20 && script[22] === OP.EQUAL)
    return { kind: "script-hash", hash: script.subarray(2, 22) };
  return { kind: "bare" };
}
