import {
  type Address,
  type Authorization,
  isAuthorityKeyValid,
  recoverAuthority,
  UINT64_MAX,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { CoreMemory } from "./CoreMemory.ts";
import { MAP } from "./memoryMap.ts";

interface AuthorizationRules {
  readonly chainId: bigint | undefined;
  /** Before the block. [TX-10] */
  readonly registeredKey: (account: Address) => bigint;
  readonly isStopped: () => boolean;
}

/** Format of core/layout.ts. Recovers the authorities. [EVM-23] */
export function writeAuthorizations(
  memory: CoreMemory,
  authorizations: readonly Authorization[],
  rules: AuthorizationRules,
): void {
  let at = memory.u32(MAP.MESSAGE + MAP.M_AUTHORIZATIONS);
  for (const authorization of authorizations) {
    if (rules.isStopped()) return;
    const authority = validAuthority(authorization, rules);
    memory.setAddress(at, authority ?? ZERO_ADDRESS);
    memory.setAddress(at + 32, authorization.address);
    memory.setU64(at + 64, authorization.nonce);
    memory.setU32(at + 72, authority === undefined ? 0 : 1);
    at += MAP.AUTHORIZATION_SIZE;
  }
}

function validAuthority(
  authorization: Authorization,
  { chainId, registeredKey }: AuthorizationRules,
): Address | undefined {
  if (authorization.nonce === UINT64_MAX) return undefined;
  if (authorization.chainId !== 0n && authorization.chainId !== chainId) return undefined;
  const authority = recoverAuthority(authorization);
  if (authority === undefined) return undefined;
  return isAuthorityKeyValid(authorization, registeredKey(authority)) ? authority : undefined;
}
