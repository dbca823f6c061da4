import { hexToBytes } from "@trellis/base";
import type { Balance } from "../../generated/reservesOperations.ts";
import type { ReservesClient } from "./createReservesClient.ts";

/** What a verifier of proof files says. */
export interface Verdict {
  readonly isValid: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
  /** What the proof shows to be counted, by asset in base units. */
  readonly balances: Readonly<Record<string, bigint>>;
}

/** What a proof is compared with (LIAB-16). */
export interface ExpectedProof {
  readonly customerId: string;
  /** SHA-256 of the published root record. 32 bytes */
  readonly recordHash: Uint8Array;
  /** 32 bytes */
  readonly snapshotId: Uint8Array;
}

/**
 * Verifies without asking anybody, as `verifyProofFile` of `@trellis/reserves/verify` does with all that is expected.
 * A proof of another customer, or of another record than the published one, does not hold.
 */
export type VerifyLocally = (proof: Uint8Array, expected: ExpectedProof) => Verdict | Promise<Verdict>;

export interface CustomerCheck extends Verdict {
  readonly snapshot: number;
  /** Of the root record that the service publishes, as `0x` and hexadecimal: to be compared with what others were shown. */
  readonly recordHash: string;
  /** Assets whose balance in the proof is not that of the ledger at the snapshot's position. */
  readonly differing: readonly string[];
}

/** What a customer asks of a custodian. */
export interface Customer {
  balances(): Promise<readonly Balance[]>;
  /** The proof file of a snapshot, of the newest unless given: JSON, to be kept as it is. */
  proof(snapshot?: number): Promise<Uint8Array>;
  /**
   * Fetches the snapshot's record and the proof, verifies here that this belongs to that, and compares it with the
   * balances that the ledger had then.
   */
  check(verify: VerifyLocally, snapshot?: number): Promise<CustomerCheck>;
}

/** @param client with the customer's own key or token */
export function createCustomer(client: ReservesClient, customerId: string): Customer {
  async function newest(): Promise<number> {
    for await (const { number, state } of client.pages("listSnapshots", {}))
      if (state === "signed") return number;
    return 0;
  }
  const proofOf = (snapshot: number): Promise<Uint8Array> =>
    client.call("getProof", { customerId, snapshot });
  return {
    balances: async () => (await client.call("getBalances", { customerId })).balances,
    proof: async (snapshot) => proofOf(snapshot ?? (await newest())),
    async check(verify, given) {
      const snapshot = given ?? (await newest());
      const { record } = await client.call("getSnapshot", { snapshot });
      const expected = {
        customerId,
        recordHash: hexToBytes(record.rootRecordHash),
        snapshotId: hexToBytes(record.snapshotId),
      };
      const verdict = await verify(await proofOf(snapshot), expected);
      const { balances } = await client.call("getBalances", { customerId, position: record.ledgerPosition });
      const differing = balances
        .filter(({ asset, amount }) => verdict.balances[asset] !== BigInt(amount))
        .map(({ asset }) => asset);
      return { ...verdict, snapshot, recordHash: record.rootRecordHash, differing };
    },
  };
}
