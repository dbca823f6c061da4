import { createRecoveryPool } from "@trellis/crypto";
import {
  authoritiesOf,
  authorityRecoveryInput,
  authorizationsOf,
  recoverSender,
  signAuthorization,
  signTransaction,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import { expect, it } from "vitest";
import { recoverAuthorities } from "./recoverAuthorities.ts";

it("POOL-21: recovers authorities in the pool of workers, and leaves invalid signatures", async () => {
  const secret = new Uint8Array(32).fill(1);
  const valid = signAuthorization({ chainId: 1n, address: `0x${"11".repeat(20)}`, nonce: 3n }, secret);
  const authorizationList = [valid, { ...valid, r: 0n }, { ...valid, yParity: 2 }];
  const unsigned = {
    ...{ type: TRANSACTION_TYPES.setCode, chainId: 1n, nonce: 0n, gasLimit: 200_000n, value: 0n },
    ...{ to: valid.address, data: new Uint8Array(0), accessList: [], authorizationList },
    ...{ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n },
  };
  const transaction = signTransaction(unsigned, secret);
  const pool = createRecoveryPool({ workers: 0 });
  await recoverAuthorities(pool, transaction);
  await pool.close();
  const isUnknown = authorizationsOf(transaction).map(
    (listed) => authorityRecoveryInput(listed) !== undefined,
  );
  expect(isUnknown).toEqual([false, true, false]);
  expect([...authoritiesOf(transaction)]).toEqual([recoverSender(transaction)]);
});
