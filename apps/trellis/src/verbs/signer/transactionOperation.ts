import { bytesToHex, type Clock, hexToBytes } from "@trellis/base";
import {
  readUnsignedCall,
  refusalOfCall,
  SigningRecord,
  type TransactionPolicy,
  type UnsignedCall,
} from "@trellis/client";
import { keccak256 } from "@trellis/crypto";
import { signerErrors } from "@trellis/platform/keys";
import type { SignerKey, SignerKeys, SigningOperation } from "@trellis/platform/signer";
import { z } from "zod";
import { checked } from "../../node/voteMessages.ts";

const request = z.strictObject({
  data: z
    .string()
    .regex(/^0x(?:[0-9a-f]{2}){1,50000}$/)
    .transform((text) => hexToBytes(text as `0x${string}`)),
});

/** Prefix of EIP-191. */
const PERSONAL = Buffer.from("\x19Ethereum Signed Message:\n");

/** The first byte decides: no transaction starts with 0x19. */
export function accountOperationOf(body: unknown): "message" | "transaction" {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : undefined;
  return typeof data === "string" && data.startsWith("0x19") ? "message" : "transaction";
}

/** The audit log restores the used part of the daily limits. [SIGNER-4] */
export function createTransactionOperation(
  keys: SignerKeys,
  clock: Clock,
): SigningOperation<TransactionPolicy> {
  const records = new Map<string, SigningRecord>();
  const recordOf = (keyId: string): SigningRecord => {
    const known = records.get(keyId) ?? new SigningRecord();
    records.set(keyId, known);
    return known;
  };
  return {
    name: "transaction",
    async admit({ key, permission, body }) {
      const { data } = checked(request, body);
      requireAccount(key, "transaction");
      const call = readUnsignedCall(data);
      if (call === undefined) throw signerErrors.SIGNER_REFUSED({ rule: "form", key: key.id });
      const record = recordOf(key.id);
      const { policy } = permission;
      const refusal =
        policy === undefined ? { rule: "policy" } : refusalOfCall(call, policy.rules, record, clock.nowMs());
      if (refusal !== undefined) throw signerErrors.SIGNER_REFUSED({ key: key.id, ...refusal });
      const digest = keccak256(data);
      return {
        subject: `transaction:${bytesToHex(digest)}`,
        facts: { policy: policy!.name, ...factsOf(call) },
        answer({ timeMs }) {
          record.sign(call, timeMs);
          return keys.sign(key, digest);
        },
      };
    },
    restore: ({ facts, timeMs }, keyId) => recordOf(keyId).sign(callOf(facts), timeMs),
  };
}

export function createPersonalOperation(keys: SignerKeys): SigningOperation {
  return {
    name: "message",
    async admit({ key, body }) {
      const { data } = checked(request, body);
      requireAccount(key, "message");
      if (!Buffer.from(data.subarray(0, PERSONAL.length)).equals(PERSONAL))
        throw signerErrors.SIGNER_REFUSED({ rule: "form", key: key.id });
      const digest = keccak256(data);
      return {
        subject: `message:${bytesToHex(digest)}`,
        facts: { size: String(data.length) },
        answer: () => keys.sign(key, digest),
      };
    },
  };
}

function requireAccount({ id, algorithm }: SignerKey, operation: string): void {
  if (algorithm !== "secp256k1") throw signerErrors.SIGNER_REFUSED({ rule: "operation", key: id, operation });
}

function factsOf({ data, ...call }: UnsignedCall): Record<string, string> {
  const texts = Object.entries(call).map(([name, value]) => [name, String(value)]);
  return {
    ...Object.fromEntries(texts),
    selector: data.slice(0, 10),
    dataHash: bytesToHex(keccak256(hexToBytes(data))),
  };
}

const audited = z.object({
  chainId: z.coerce.number(),
  nonce: z.coerce.number(),
  to: z.string().transform((text) => text as UnsignedCall["to"]),
  valueWei: z.coerce.bigint(),
  gasLimit: z.coerce.bigint(),
  maxFeeWei: z.coerce.bigint(),
  maxTipWei: z.coerce.bigint(),
});

function callOf(facts: Readonly<Record<string, string>>): UnsignedCall {
  const read = audited.safeParse(facts);
  if (!read.success) throw signerErrors.SIGNER_AUDIT_BROKEN({ reason: "entry without amounts" });
  return { ...read.data, data: "0x" };
}
