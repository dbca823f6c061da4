import { bytesToHex } from "@trellis/base";
import { keccak256, type RecoveryRequest, recoverAddress, sign } from "@trellis/crypto";
import { encodeEnvelope } from "../rlp/encodeRlp.ts";
import type { Address } from "../words.ts";
import { decodeTransaction } from "./decodeTransaction.ts";
import { recoveredKeyId } from "./keyId.ts";
import {
  type Authorization,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedAuthorization,
} from "./Transaction.ts";

/** EIP-7702. */
const AUTHORIZATION_MAGIC = 0x05;
const DESIGNATOR_PREFIX = [0xef, 0x01, 0x00];
const DESIGNATOR_SIZE = 23;

/** @throws CRYPTO_KEY_INVALID */
export function signAuthorization(unsigned: UnsignedAuthorization, privateKey: Uint8Array): Authorization {
  const { r, s, yParity } = sign(authorizationHash(unsigned), privateKey);
  return { ...unsigned, yParity, r, s };
}

/** Recovery takes as long as that of a sender, and calls run several times. */
const recovered = new WeakMap<Authorization, { readonly authority: Address | undefined }>();

/** The account that delegates. Undefined if the signature is invalid. [EVM-23] */
export function recoverAuthority(authorization: Authorization): Address | undefined {
  let known = recovered.get(authorization);
  if (known === undefined) {
    known = { authority: authorityOf(authorization) };
    recovered.set(authorization, known);
  }
  return known.authority;
}

/** Undefined if the authority is known, or the signature has no valid parity. */
export function authorityRecoveryInput(authorization: Authorization): RecoveryRequest | undefined {
  const { yParity, r, s } = authorization;
  if (recovered.has(authorization) || (yParity !== 0 && yParity !== 1)) return undefined;
  return { hash: authorizationHash(authorization), signature: { r, s, yParity } };
}

export function rememberAuthority(authorization: Authorization, authority: Address): void {
  recovered.set(authorization, { authority });
}

function authorityOf(authorization: Authorization): Address | undefined {
  const { yParity, r, s } = authorization;
  if (yParity !== 0 && yParity !== 1) return undefined;
  try {
    return bytesToHex(recoverAddress(authorizationHash(authorization), { r, s, yParity }));
  } catch {
    return undefined;
  }
}

/** A rotated account's former key cannot delegate. [TX-10] @param registered key id in the registry; zero without a rotation */
export function isAuthorityKeyValid(authorization: Authorization, registered: bigint): boolean {
  if (registered === 0n) return true;
  const { r, s, yParity } = authorization;
  const signature = { r, s, yParity: yParity === 1 ? 1 : 0 } as const;
  return BigInt(recoveredKeyId(authorizationHash(authorization), signature)) === registered;
}

function authorizationHash({ chainId, address, nonce }: UnsignedAuthorization): Uint8Array {
  return keccak256(encodeEnvelope(AUTHORIZATION_MAGIC, [chainId, address, nonce]));
}

/** By encoded transaction, because transactions run several times. */
const listed = new WeakMap<Uint8Array, readonly Authorization[]>();
const NONE: readonly Authorization[] = [];

/** With the same objects for the same `encoded`. @throws RLP_INVALID */
export function authorizationsOf({
  encoded,
  authorizationList,
}: Pick<Transaction, "encoded" | "authorizationList">): readonly Authorization[] {
  if (encoded[0] !== TRANSACTION_TYPES.setCode) return NONE;
  let list = listed.get(encoded);
  if (list === undefined) {
    list = authorizationList ?? decodeTransaction(encoded).authorizationList ?? NONE;
    listed.set(encoded, list);
  }
  return list;
}

/** Accounts that might delegate by the transaction. */
export function authoritiesOf(transaction: Pick<Transaction, "encoded" | "authorizationList">): Set<Address> {
  const authorities = authorizationsOf(transaction).map(recoverAuthority);
  return new Set(authorities.filter((authority) => authority !== undefined));
}

/** Whether code marks a delegated account. */
export function isDesignator(code: Uint8Array): boolean {
  return code.length === DESIGNATOR_SIZE && DESIGNATOR_PREFIX.every((byte, index) => code[index] === byte);
}
