import { type Clock, type Hex, isTrellisError, SerialQueue, type TrellisError } from "@trellis/base";
import { SigningRecord, type UnsignedCall, unsignedBytes } from "@trellis/client";
import { keccak256Hex, type Signature } from "@trellis/crypto";
import { type AuditEntry, type AuditEvent, type AuditStore, createAuditLog } from "@trellis/platform/audit";
import { signerErrors } from "@trellis/platform/keys";
import { refusalOf } from "./refusalOf.ts";
import type { SignerPolicy } from "./SignerPolicy.ts";
import type { WalletKey } from "./WalletKey.ts";

export interface PolicySignerPorts {
  readonly key: WalletKey;
  /** Limits are restored from this log. */
  readonly audit: AuditStore;
  readonly clock: Clock;
}

export interface PolicySigner {
  wallets(): readonly [Hex, ...Hex[]];
  /**
   * @param wallet default: the current one
   * @throws refusal codes or SIGNER_UNREACHABLE, without signing
   */
  sign(call: UnsignedCall, actor: string, wallet?: Hex): Promise<Signature>;
  refuse(error: TrellisError, actor: string): Promise<void>;
  /**
   * Keeps the former key for its wallet's calls. Changing to the current key drops the former one. [SIGN-7]
   */
  changeKey(next: WalletKey): Promise<void>;
}

const READ_AT_ONCE = 1_000;
const SIGN = "transaction.sign";

/** @throws SIGNER_AUDIT_BROKEN */
export async function createPolicySigner(
  policy: SignerPolicy,
  { key, audit, clock }: PolicySignerPorts,
): Promise<PolicySigner> {
  const record = await recordOf(audit);
  const log = createAuditLog({ store: audit, clock });
  const queue = new SerialQueue();
  let keys: readonly [WalletKey, ...WalletKey[]] = [key];
  /** Rate-limited refusals since the last audit entry: writing each could fill the disk. */
  let unwritten = 0;

  function write(event: Omit<AuditEvent, "correlationId" | "action">): Promise<AuditEntry> {
    const facts = unwritten === 0 ? event.facts : { ...event.facts, refusedBefore: String(unwritten) };
    unwritten = 0;
    return log.append({ ...event, action: SIGN, correlationId: "", facts });
  }

  async function writeRefusal({ code, facts }: TrellisError, actor: string): Promise<void> {
    await write({ actor, subject: "", outcome: "refused", facts: { ...textsOf(facts), code } });
  }

  async function admit(actor: string): Promise<void> {
    const nowMs = clock.nowMs();
    const { requestsPerMinuteMax } = policy;
    if (record.askedCount(actor, nowMs) < requestsPerMinuteMax) return record.ask(actor, nowMs);
    const error = signerErrors.SIGNER_RATE_EXCEEDED({ requestsPerMinuteMax });
    if (unwritten === 0) await writeRefusal(error, actor);
    unwritten += 1;
    throw error;
  }

  async function decide(call: UnsignedCall, actor: string, wallet = keys[0].address): Promise<Signature> {
    await admit(actor);
    const key = keys.find(({ address }) => address === wallet);
    const refused = key && refusalOf(call, wallet, policy, record, clock.nowMs());
    if (key === undefined || refused !== undefined) {
      const refusal = refused ?? signerErrors.SIGNER_REFUSED({ rule: "wallet", wallet });
      await writeRefusal(refusal, actor);
      throw refusal;
    }
    const payload = unsignedBytes(call);
    const subject = `transaction:${keccak256Hex(payload)}`;
    // Written first: otherwise, limits could miss the signature after a restart.
    const { timeMs } = await write({ actor, subject, outcome: "done", facts: factsOf(call, wallet) });
    record.sign(call, timeMs, wallet);
    try {
      return await key.sign(payload);
    } catch (error) {
      await write({ actor, subject, outcome: "failed", facts: { code: codeOf(error) } });
      throw error;
    }
  }

  return {
    wallets: () => keys.map(({ address }) => address) as [Hex, ...Hex[]],
    sign: (call, actor, wallet) => queue.run(() => decide(call, actor, wallet)),
    changeKey: (next) =>
      queue.run(async () => {
        const before = keys;
        keys = next.address === before[0].address ? [next] : [next, before[0]];
        // Ignores errors: the signer must keep working with its other key.
        for (const held of before) if (!keys.includes(held)) await held.close().catch(() => undefined);
      }),
    refuse: (error, actor) =>
      queue.run(async () => {
        await admit(actor);
        await writeRefusal(error, actor);
      }),
  };
}

function codeOf(error: unknown): string {
  return isTrellisError(error) ? error.code : "unknown";
}

async function recordOf(audit: AuditStore): Promise<SigningRecord> {
  const record = new SigningRecord();
  for (let from = 0; ; from += READ_AT_ONCE) {
    const entries = await audit.read(from, READ_AT_ONCE);
    for (const { action, actor, outcome, facts, timeMs } of entries) {
      if (action !== SIGN) continue;
      if (outcome !== "failed") record.ask(actor, timeMs);
      if (outcome === "done") record.sign(callOf(facts), timeMs, facts.wallet);
    }
    if (entries.length < READ_AT_ONCE) return record;
  }
}

function factsOf({ data, ...call }: UnsignedCall, wallet: Hex): Readonly<Record<string, string>> {
  return { ...textsOf({ ...call, wallet }), dataHash: keccak256Hex(Buffer.from(data.slice(2), "hex")) };
}

function callOf({ to, chainId, nonce, valueWei, gasLimit, maxFeeWei, maxTipWei }: AuditEntry["facts"]) {
  const call = {
    to: to as UnsignedCall["to"],
    data: "0x",
    chainId: Number(chainId),
    nonce: Number(nonce),
  } as const;
  const amounts = [valueWei, gasLimit, maxFeeWei, maxTipWei];
  if (amounts.some((amount) => !/^[0-9]+$/.test(amount ?? "")))
    throw signerErrors.SIGNER_AUDIT_BROKEN({ reason: "entry without amounts" });
  const [value = 0n, gas = 0n, fee = 0n, tip = 0n] = amounts.map((amount) => BigInt(amount ?? 0));
  return { ...call, valueWei: value, gasLimit: gas, maxFeeWei: fee, maxTipWei: tip };
}

function textsOf(facts: object): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, String(fact)]));
}
