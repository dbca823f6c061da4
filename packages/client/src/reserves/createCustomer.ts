import { hexToBytes } from "@trellis/base";
import type { Balance } from "../../generated/reservesOperations.ts";
import type { ReservesClient } from "./createReservesClient.ts";

export interface Verdict {
  readonly isValid: boolean;
  readonly reason?: string | undefined;
  /** Base units. */
  readonly balances: Readonly<Record<string, bigint>>;
}

/** Values that the customer already trusts (LIAB-16). */
export interface ExpectedProof {
  readonly customerId: string;
  /** SHA-256 of the published record. */
  readonly recordHash: Uint8Array;
  readonly snapshotId: Uint8Array;
}

/** Such as `verifyProofFile` of `@trellis/reserves/verify`. Must reject other customers' proofs. */
export type VerifyLocally = (proof: Uint8Array, expected: ExpectedProof) => Verdict | Promise<Verdict>;

export interface CustomerCheck extends Verdict {
  readonly snapshot: number;
  /** Hexadecimal, for comparison with other customers. */
  readonly recordHash: string;
  /** Assets whose proven balance differs from the ledger's. */
  readonly differing: readonly string[];
}

export interface Customer {
  balances(): Promise<readonly Balance[]>;
  /** Proof file (JSON); default: newest snapshot. */
  proof(snapshot?: number): Promise<Uint8Array>;
  check(verify: VerifyLocally, snapshot?: number): Promise<CustomerCheck>;
}

/** @param client authenticates with the customer's key or token */
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
