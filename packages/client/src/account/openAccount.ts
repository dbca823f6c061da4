import { baseErrors, bytesToHex, type Hex, type Random } from "@trellis/base";
import {
  type AccountKey,
  accountKeyAddress,
  accountKeyId,
  verifyAccountSignature,
} from "@trellis/crypto/account";
import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import type { Call, PrepareOptions } from "../sending/createSender.ts";
import type { PreparedTransaction } from "../sending/PreparedTransaction.ts";
import { createAccountSigner } from "./createAccountSigner.ts";
import { createPayingSender } from "./createPayingSender.ts";
import { KEY_REGISTRY, rotateData } from "./keyRegistry.ts";
import { type AccountState, readAccount } from "./readAccount.ts";

export interface AccountOptions {
  readonly chainId: number;
  readonly address?: Hex;
  /** Per gas, including the tip. Default: 1,000 gwei. */
  readonly feeLimitWei?: bigint;
}

interface AccountPorts {
  readonly client: ChainClient;
  readonly key: AccountKey;
  readonly random: Random;
}

export interface AccountStatus extends AccountState {
  readonly isKeyValid: boolean;
}

type BeforeSending = (transaction: PreparedTransaction) => Promise<void>;

export interface AccountClient {
  readonly address: Hex;
  readonly keyId: Hex;
  status(): Promise<AccountStatus>;
  /** @throws ACCOUNT_KEY_NOT_VALID, ACCOUNT_FUNDS_INSUFFICIENT, errors of `Sender.prepare` */
  prepare(call: Call, options?: PrepareOptions): Promise<PreparedTransaction>;
  /** @throws errors of `prepare` */
  send(call: Call, beforeSending?: BeforeSending): Promise<PreparedTransaction>;
  /**
   * The new key is valid from the next chain block.
   * @param beforeSending must store the new key, or the account is lost
   * @throws ARGUMENT_INVALID for the current key or a wrong signature, NODE_OF_OTHER_CHAIN, errors of `send`
   */
  rotate(newKey: AccountKey, beforeSending: BeforeSending): Promise<PreparedTransaction>;
}

const FEE_LIMIT_WEI = 1_000n * 10n ** 9n;
const CHALLENGE_SIZE = 32;

export function openAccount(
  { chainId, feeLimitWei = FEE_LIMIT_WEI, ...options }: AccountOptions,
  { client, key, random }: AccountPorts,
): AccountClient {
  const address = (options.address ?? accountKeyAddress(key)).toLowerCase() as Hex;
  const keyId = accountKeyId(key);
  const sender = createPayingSender(
    { chainId, feeLimitWei },
    { client, signer: createAccountSigner(address, key) },
  );

  async function status(): Promise<AccountStatus> {
    const state = await readAccount(client, address);
    const { registeredKeyId = ownKeyId(address, key) } = state;
    return { ...state, isKeyValid: registeredKeyId === keyId };
  }

  return {
    address,
    keyId,
    status,
    prepare: sender.prepare,
    send: sender.send,
    async rotate(newKey, beforeSending) {
      const newKeyId = accountKeyId(newKey);
      const { isKeyValid, registeredKeyId } = await status();
      if (newKeyId === keyId || newKeyId === registeredKeyId) {
        throw baseErrors.ARGUMENT_INVALID({ rule: "a rotation takes another key", keyId: newKeyId });
      }
      if (!isKeyValid) throw clientErrors.ACCOUNT_KEY_NOT_VALID({ account: address, keyId, registeredKeyId });
      await requireSigns(newKey, random);
      return sender.send({ to: KEY_REGISTRY, data: rotateData(newKeyId) }, beforeSending);
    },
  };
}

/** Undefined unless the address derives from the key. [TX-10.1] */
function ownKeyId(address: Hex, key: AccountKey): Hex | undefined {
  const keyId = accountKeyId(key);
  return accountKeyAddress(key) === address || keyId.endsWith(address.slice(2)) ? keyId : undefined;
}

/** Rotation to a key that cannot sign would lose the account. */
async function requireSigns(key: AccountKey, random: Random): Promise<void> {
  const challenge = random.bytes(CHALLENGE_SIZE);
  if (verifyAccountSignature(challenge, await key.sign(challenge), key)) return;
  throw baseErrors.ARGUMENT_INVALID({
    rule: "the new key signs what its public key verifies",
    publicKey: bytesToHex(key.publicKey.subarray(0, CHALLENGE_SIZE)),
  });
}
