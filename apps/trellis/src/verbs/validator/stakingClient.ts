import { bytesToHex, errorWithin } from "@trellis/base";
import { clientErrors } from "@trellis/client/account";
import { STAKING_ADDRESS, Staking } from "@trellis/contracts";
import { decryptKeystore } from "@trellis/crypto";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { Address, Hash } from "@trellis/protocol";
import {
  type Abi,
  type Account,
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  formatEther,
  http,
  InsufficientFundsError,
  type Log,
  type PublicClient,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { trellisErrors } from "../../errors.ts";
import { findKeyFile } from "../keys/keyFiles.ts";
import type { ValidatorFlags } from "./settings.ts";
import { stakingRefusal } from "./stakingRefusal.ts";

type Value = unknown;

export interface Sent {
  readonly transaction: Hash;
  readonly block: bigint;
  readonly logs: readonly Log[];
}

const abi = Staking.abi as Abi;
/** Only transactions with too low a fee wait longer for a receipt. */
const RECEIPT_MS_MAX = 120_000;

export class StakingClient {
  readonly #client: PublicClient;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.#client = createPublicClient({ transport: http(url, { retryCount: 0 }) });
  }

  async read<T = Value>(functionName: string, args: readonly Value[] = []): Promise<T> {
    const request = { address: STAKING_ADDRESS, abi, functionName, args };
    return (await this.#sentResult(() => this.#client.readContract(request))) as T;
  }

  /** Adds gas to the estimate, because earlier calls may change the pools. */
  async send(account: Account, functionName: string, args: readonly Value[], value = 0n): Promise<Sent> {
    return this.#sentResult(async () => {
      const request = { account, address: STAKING_ADDRESS, abi, functionName, args, value };
      const hash = await this.#write(request).catch(async (error: unknown) => {
        throw isFundsError(error) ? await this.#fundsError(account, value, error) : error;
      });
      const receipt = await this.#client.waitForTransactionReceipt({ hash, timeout: RECEIPT_MS_MAX });
      if (receipt.status !== "success")
        throw trellisErrors.STAKING_REFUSED({ call: functionName, transaction: hash });
      return { transaction: hash, block: receipt.blockNumber, logs: receipt.logs };
    });
  }

  async #write(request: WriteRequest): Promise<Hash> {
    await this.#client.simulateContract(request);
    const estimated = await this.#client.estimateContractGas(request);
    const chain = await this.#chain();
    const { account } = request;
    const wallet = createWalletClient({ account, chain, transport: http(this.#url, { retryCount: 0 }) });
    return wallet.writeContract({ ...request, chain, gas: estimated + estimated / 2n });
  }

  async #fundsError({ address }: Account, value: bigint, cause: BaseError): Promise<Error> {
    const balance = await this.#client.getBalance({ address });
    // geth's error contains the cost only if the gas is known.
    const [, cost = value] = /(?:want|tx cost) (\d+)/.exec(cause.details) ?? [];
    return clientErrors.ACCOUNT_FUNDS_INSUFFICIENT(
      { account: address, balanceCoins: formatEther(balance), costCoins: formatEther(BigInt(cost)) },
      cause,
    );
  }

  async epochAt(blockNumber: bigint): Promise<number> {
    const request = { address: STAKING_ADDRESS, abi, functionName: "epoch", blockNumber };
    return Number(await this.#sentResult(() => this.#client.readContract(request)));
  }

  async ask<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    return this.#sentResult(async () => (await this.#client.request({ method, params } as never)) as T);
  }

  async #chain() {
    const id = await this.#client.getChainId();
    return defineChain({
      id,
      name: `chain ${id}`,
      nativeCurrency: { name: "coin", symbol: "coin", decimals: 18 },
      rpcUrls: { default: { http: [this.#url] } },
    });
  }

  async #sentResult<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw error instanceof BaseError ? this.#errorOf(error) : error;
    }
  }

  #errorOf(error: BaseError): Error {
    const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    if (reverted instanceof ContractFunctionRevertedError) return stakingRefusal(reverted);
    if (error.name === "ContractFunctionZeroDataError" || /returned no data/.test(error.message)) {
      return trellisErrors.STAKING_REFUSED({ reason: "no staking contract", rpc: this.#url });
    }
    const untrusted = errorWithin(error, "TLS_PEER_UNTRUSTED");
    return (
      untrusted ?? trellisErrors.UPSTREAM_UNREACHABLE({ rpc: this.#url, reason: error.shortMessage }, error)
    );
  }
}

interface WriteRequest {
  readonly account: Account;
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly Value[];
  readonly value: bigint;
}

function isFundsError(error: unknown): error is BaseError {
  return (
    error instanceof BaseError && error.walk((cause) => cause instanceof InsufficientFundsError) !== null
  );
}

export async function openAccount(settings: ValidatorFlags, io: ProcessIo): Promise<Account> {
  const { account, accountKeyFrom, accountPasswordFrom, keystore: folder } = settings;
  if (accountKeyFrom !== "") {
    const text = (await readSecret(accountKeyFrom, "Private key", io)).trim().replace(/^0x/, "");
    if (!/^[0-9a-fA-F]{64}$/.test(text))
      throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.length });
    return privateKeyToAccount(`0x${text}`);
  }
  if (account === "") {
    const expected = "--account ADDRESS of the keystore, or --account-key-from env:NAME";
    throw trellisErrors.INPUT_INVALID({ what: "account", expected });
  }
  const { keystore } = findKeyFile(folder, account);
  const password = await readSecret(accountPasswordFrom, "Password of the account", io);
  return privateKeyToAccount(bytesToHex(await decryptKeystore(keystore, password)));
}

/** Opens no private key if `--account` is an address. */
export async function accountAddress(settings: ValidatorFlags, io: ProcessIo): Promise<Address> {
  if (/^0x[0-9a-fA-F]{40}$/.test(settings.account)) return settings.account.toLowerCase() as Address;
  return (await openAccount(settings, io)).address.toLowerCase() as Address;
}
