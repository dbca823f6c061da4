import { bytesToHex } from "@trellis/base";
import type { RecoveryPool } from "@trellis/crypto";
import {
  authorityRecoveryInput,
  authorizationsOf,
  rememberAuthority,
  type Transaction,
} from "@trellis/protocol";

/** Workers recover the authorities, which then are known on this thread. [POOL-21] @throws WORKER_UNAVAILABLE, WORKER_FAILED */
export async function recoverAuthorities(pool: RecoveryPool, transaction: Transaction): Promise<void> {
  const unknown = authorizationsOf(transaction).flatMap((authorization) => {
    const input = authorityRecoveryInput(authorization);
    return input === undefined ? [] : [{ authorization, input }];
  });
  const signers = await pool.recoverAll(unknown.map(({ input }) => input));
  for (const [index, { authorization }] of unknown.entries()) {
    const signer = signers[index];
    // Consensus depends on failures, so this thread repeats them.
    if (signer instanceof Uint8Array) rememberAuthority(authorization, bytesToHex(signer));
  }
}
