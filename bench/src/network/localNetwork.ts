import { accountsFromMnemonic } from "@trellis/crypto";
import { type Address, type NetworkParameters, signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import { networkOf } from "@trellis/trellis";
import { MNEMONIC } from "../mnemonic.ts";

const FUNDED = 10;
/** Exceeds every base fee of a benchmark. */
const MAX_FEE_WEI = 10n ** 12n;
const TIP_WEI = 10n ** 9n;
const TRANSFER_GAS = 21_000n;
/** EIP-7623 */
const CALLDATA_GAS = 40n;

export const LOCAL_NODE_ARGS = [
  ...["--network", "local", "--validators", "0", "--mdns=false"],
  ...["--log-level", "warn", "--listen", "127.0.0.1:0"],
];

export function localNetwork(): NetworkParameters {
  return networkOf("local", { accounts: FUNDED, validators: 0 });
}

export class Payers {
  readonly #chainId: bigint;
  readonly #payers = accountsFromMnemonic(MNEMONIC, FUNDED).map(({ privateKey }) => ({
    privateKey,
    nonce: 0n,
  }));
  #next = 0;

  constructor({ chainId }: NetworkParameters) {
    this.#chainId = chainId;
  }

  transfer(to: Address, dataBytes = 0): Uint8Array {
    const payer = this.#payers[this.#next++ % this.#payers.length]!;
    const { encoded } = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: this.#chainId,
        nonce: payer.nonce++,
        gasLimit: TRANSFER_GAS + CALLDATA_GAS * BigInt(dataBytes),
        to,
        value: 1n,
        data: new Uint8Array(dataBytes).fill(0xd5),
        accessList: [],
        maxFeePerGas: MAX_FEE_WEI,
        maxPriorityFeePerGas: TIP_WEI,
      },
      payer.privateKey,
    );
    return encoded;
  }
}
