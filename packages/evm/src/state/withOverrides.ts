import { keccak256Hex } from "@trellis/crypto";
import {
  type Account,
  type AccountOverride,
  type Address,
  EMPTY_CODE_HASH,
  type Hash,
  type StateReader,
} from "@trellis/protocol";

export function withOverrides(
  state: StateReader,
  overrides: ReadonlyMap<Address, AccountOverride> | undefined,
): StateReader {
  if (overrides === undefined || overrides.size === 0) return state;
  const codes = new Map<Hash, Uint8Array>();
  const codeHashes = new Map<Address, Hash>();
  for (const [address, { code }] of overrides) {
    if (code === undefined) continue;
    const hash = keccak256Hex(code);
    codes.set(hash, code);
    codeHashes.set(address, hash);
  }
  return {
    account(address) {
      const override = overrides.get(address);
      const account = state.account(address);
      if (override === undefined) return account;
      return overridden(account, override, codeHashes.get(address));
    },
    storage(address, slot) {
      const override = overrides.get(address);
      const value = override?.stateDiff?.get(slot) ?? override?.state?.get(slot);
      if (value !== undefined) return value;
      return override?.state === undefined ? state.storage(address, slot) : 0n;
    },
    code: (codeHash) => codes.get(codeHash) ?? state.code(codeHash),
  };
}

function overridden(
  account: Account | undefined,
  override: AccountOverride,
  codeHash: Hash | undefined,
): Account {
  return {
    nonce: override.nonce ?? account?.nonce ?? 0n,
    balance: override.balance ?? account?.balance ?? 0n,
    codeHash: codeHash ?? account?.codeHash ?? EMPTY_CODE_HASH,
  };
}
