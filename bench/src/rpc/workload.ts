import { bigintToBytes, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { accountsFromMnemonic, keccak256 } from "@trellis/crypto";
import { type Address, signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import { MNEMONIC } from "../mnemonic.ts";
import type { LoadTransaction } from "./loadRequest.ts";

const CHAIN_ID = 31_337n;
/** Exceeds every base fee of the benchmark. */
const MAX_FEE_WEI = 10n ** 13n;
const TIP_WEI = 10n ** 9n;
const TRANSFER_GAS = 21_000n;
const TOKEN_TRANSFER_GAS = 100_000n;
const DEPLOY_GAS = 3_000_000n;
const RECIPIENT_COUNT = 500;
const TOKEN_SHARE = 10n ** 24n;

const TRANSFER_SELECTOR = selectorOf("transfer(address,uint256)");
const BALANCE_SELECTOR = selectorOf("balanceOf(address)");

export type Kind = "transfer" | "token";

export class Workload {
  readonly senders: { readonly address: Address; readonly privateKey: Uint8Array; nonce: bigint }[];
  readonly recipients: readonly Address[] = Array.from({ length: RECIPIENT_COUNT }, (_, index) =>
    recipientOf(index),
  );
  #token: Address | undefined;
  #recipient = 0;

  constructor(senderCount: number) {
    this.senders = accountsFromMnemonic(MNEMONIC, senderCount).map(({ address, privateKey }) => ({
      address: bytesToHex(address),
      privateKey,
      nonce: 0n,
    }));
  }

  setUp(token: { readonly creation: Uint8Array; readonly address: Address }): LoadTransaction[] {
    this.#token = token.address;
    const deployment = this.#sign(0, null, DEPLOY_GAS, token.creation);
    const shares = this.senders
      .slice(1)
      .map(({ address }) =>
        this.#sign(0, token.address, TOKEN_TRANSFER_GAS, transferCall(address, TOKEN_SHARE)),
      );
    return [deployment, ...shares];
  }

  lanes(kind: Kind, count: number): LoadTransaction[][] {
    const perSender = Math.ceil(count / this.senders.length);
    return this.senders.map((_, sender) =>
      Array.from({ length: perSender }, () => {
        const recipient = this.recipients[this.#recipient++ % RECIPIENT_COUNT]!;
        return kind === "transfer"
          ? this.#sign(sender, recipient, TRANSFER_GAS, new Uint8Array(0))
          : this.#sign(sender, this.#token!, TOKEN_TRANSFER_GAS, transferCall(recipient, 1n));
      }),
    );
  }

  tokenBalanceOf(account: Address): { readonly to: Address; readonly data: string } {
    const data = concatBytes(BALANCE_SELECTOR, new Uint8Array(12), hexToBytes(account));
    return { to: this.#token!, data: bytesToHex(data) };
  }

  #sign(sender: number, to: Address | null, gasLimit: bigint, data: Uint8Array): LoadTransaction {
    const { privateKey, nonce } = this.senders[sender]!;
    this.senders[sender]!.nonce += 1n;
    const { hash, encoded } = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: CHAIN_ID,
        nonce,
        gasLimit,
        to,
        value: data.length === 0 ? 1n : 0n,
        data,
        accessList: [],
        maxFeePerGas: MAX_FEE_WEI,
        maxPriorityFeePerGas: TIP_WEI,
      },
      privateKey,
    );
    return { hash, encoded: bytesToHex(encoded) };
  }
}

function selectorOf(signature: string): Uint8Array {
  return keccak256(new TextEncoder().encode(signature)).slice(0, 4);
}

function recipientOf(index: number): Address {
  return bytesToHex(bigintToBytes(0xbe00_0000n + BigInt(index), 20));
}

function transferCall(to: Address, amount: bigint): Uint8Array {
  return concatBytes(TRANSFER_SELECTOR, new Uint8Array(12), hexToBytes(to), bigintToBytes(amount, 32));
}
