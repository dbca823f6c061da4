import { bytesToHex } from "@trellis/base";
import { accountsFromMnemonic, keccak256 } from "@trellis/crypto";
import { MemoryState } from "@trellis/evm";
import type { OracleEvm } from "@trellis/oracle";
import {
  type Address,
  type BlockInput,
  type BlockResult,
  DEFAULT_FORK,
  encodeRlp,
  type SignedBy,
  signTransaction,
  TRANSACTION_TYPES,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { MNEMONIC } from "../mnemonic.ts";
import { median } from "../statistics.ts";
import type { AnvilProcess } from "./AnvilProcess.ts";
import { type Peers, withoutOverhead } from "./compute.ts";
import { type Row, rowOf } from "./Row.ts";
import { type Action, type Workload, workloads } from "./workloads.ts";

export interface TransactionOptions {
  readonly rounds: number;
  readonly slowRounds: number;
  readonly perSender: number;
}

const ACCOUNTS = 10;
const CHAIN_ID = 31_337n;
const BALANCE = 10_000n * 10n ** 18n;
/** Must be later than Anvil's clock. */
const FIRST_TIMESTAMP = 4_000_000_000n;
const MAX_FEE = 100n * 10n ** 9n;
const GAS_LIMIT = 100_000_000_000n;

interface Sender {
  readonly address: Address;
  readonly privateKey: Uint8Array;
  nonce: bigint;
}

export async function measureTransactions(
  startAnvil: () => Promise<AnvilProcess>,
  evms: Omit<Peers, "anvil">,
  options: TransactionOptions,
): Promise<Row[]> {
  const senders = accountsFromMnemonic(MNEMONIC, ACCOUNTS).map(({ address, privateKey }) => ({
    address: bytesToHex(address),
    privateKey,
  }));
  const addresses = senders.map(({ address }) => address);
  const rows: Row[] = [];
  for (const workload of workloads(addresses, (nonce) => creationAddress(addresses[0]!, nonce))) {
    const anvil = await startAnvil();
    const fresh = senders.map((sender): Sender => ({ ...sender, nonce: 0n }));
    rows.push(
      await measureWorkload(workload, fresh, { ...evms, anvil }, options).finally(() => anvil.stop()),
    );
  }
  return rows;
}

async function measureWorkload(
  workload: Workload,
  senders: readonly Sender[],
  { trellis, ethereumjs, anvil }: Peers,
  options: TransactionOptions,
): Promise<Row> {
  const ours = new Chain(trellis, senders);
  const slow = new Chain(ethereumjs, senders);
  const setup = [
    ...workload.setup.map((action) => signed(senders[0]!, action)),
    ...senders.flatMap((sender) => workload.setupEach.map((action) => signed(sender, action))),
  ];
  const blockOf = (round: number): SignedBy[] => {
    const from = round * options.perSender;
    const indexes = Array.from({ length: options.perSender }, (_, index) => from + index);
    return indexes.flatMap((index) =>
      senders.map((sender, number) => signed(sender, workload.action(number, index))),
    );
  };
  const firstRounds = [setup, blockOf(0)];
  for (const [index, block] of firstRounds.entries()) {
    await ours.run(block);
    await slow.run(block);
    await mine(anvil, block, BigInt(index + 1));
  }

  const samples = { trellis: [] as number[], anvil: [] as number[], ethereumjs: [] as number[] };
  let gasOfOne = 0;
  for (let round = 1; round <= options.rounds; round++) {
    const block = blockOf(round);
    const own = await ours.run(block);
    samples.trellis.push(own.gas / own.ms);
    gasOfOne = Math.round(own.gas / block.length);
    const peer = await mine(anvil, block, BigInt(firstRounds.length + round));
    if (peer.gas !== own.gas) throw new Error(`${workload.name}: ${own.gas} gas, anvil ${peer.gas}`);
    samples.anvil.push(peer.gas / peer.ms);
    if (round > options.slowRounds) continue;
    const other = await slow.run(block);
    if (other.gas !== own.gas) throw new Error(`${workload.name}: ${own.gas} gas, ethereumjs ${other.gas}`);
    samples.ethereumjs.push(other.gas / other.ms);
  }
  return rowOf(workload.name, "transactions", gasOfOne, {
    trellis: median(samples.trellis) / 1_000,
    anvil: median(samples.anvil) / 1_000,
    ethereumjs: median(samples.ethereumjs) / 1_000,
  });
}

class Chain {
  readonly #evm: OracleEvm;
  readonly #state = new MemoryState();
  #number = 1n;

  constructor(evm: OracleEvm, senders: readonly Sender[]) {
    this.#evm = evm;
    for (const { address } of senders) this.#state.setBalance(address, BALANCE);
  }

  async run(block: readonly SignedBy[]): Promise<{ readonly ms: number; readonly gas: number }> {
    const input = this.#inputOf(block);
    const startMs = performance.now();
    const result = await this.#evm.runBlock(input);
    const ms = performance.now() - startMs;
    checkSuccess(result);
    this.#state.apply(result.changes);
    this.#number++;
    return { ms, gas: Number(result.gasUsed) };
  }

  #inputOf(transactions: readonly SignedBy[]): BlockInput {
    return {
      state: this.#state,
      context: {
        chainId: CHAIN_ID,
        number: this.#number,
        timestamp: FIRST_TIMESTAMP + 2n * this.#number,
        gasLimit: GAS_LIMIT,
        baseFee: 10n ** 9n,
        prevRandao: ZERO_HASH,
        fork: DEFAULT_FORK,
        blockHash: () => ZERO_HASH,
      },
      carriers: [{ coinbase: ZERO_ADDRESS, tipRecipient: ZERO_ADDRESS, gasLimit: GAS_LIMIT, transactions }],
      systemCalls: [],
      baseFeeShare: { recipient: ZERO_ADDRESS, basisPoints: 0 },
      credits: [],
    };
  }
}

function checkSuccess({ outcomes }: BlockResult): void {
  for (const outcome of outcomes.flat()) {
    if (outcome.kind === "skipped") throw new Error(`skipped: ${outcome.reason}`);
    if (outcome.receipt.status !== 1) throw new Error(`failed: ${outcome.receipt.transactionHash}`);
  }
}

async function mine(anvil: AnvilProcess, block: readonly SignedBy[], number: bigint) {
  // Two seconds per block, because an empty block precedes each.
  const timestamp = FIRST_TIMESTAMP + 2n * number;
  await anvil.call("evm_setNextBlockTimestamp", Number(timestamp - 1n));
  const emptyStartMs = performance.now();
  await anvil.call("evm_mine");
  const emptyMs = performance.now() - emptyStartMs;
  await anvil.batch(
    block.map(({ transaction }) => ({
      method: "eth_sendRawTransaction",
      params: [bytesToHex(transaction.encoded)],
    })),
  );
  await anvil.call("evm_setNextBlockTimestamp", Number(timestamp));
  const startMs = performance.now();
  await anvil.call("evm_mine");
  const ms = withoutOverhead(performance.now() - startMs, emptyMs);
  const { gasUsed, transactions } = (await anvil.call("eth_getBlockByNumber", "latest", false)) as {
    readonly gasUsed: string;
    readonly transactions: readonly unknown[];
  };
  if (transactions.length !== block.length)
    throw new Error(`anvil mined ${transactions.length} of ${block.length}`);
  return { ms, gas: Number(gasUsed) };
}

function signed(sender: Sender, { to, data, gasLimit }: Action): SignedBy {
  const transaction = signTransaction(
    {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: CHAIN_ID,
      nonce: sender.nonce,
      gasLimit,
      to,
      value: 0n,
      data,
      accessList: [],
      maxFeePerGas: MAX_FEE,
      maxPriorityFeePerGas: 10n ** 9n,
    },
    sender.privateKey,
  );
  sender.nonce++;
  return { transaction, sender: sender.address };
}

/** Yellow paper, section 7. */
function creationAddress(creator: Address, nonce: number): Address {
  return bytesToHex(keccak256(encodeRlp([Buffer.from(creator.slice(2), "hex"), BigInt(nonce)])).subarray(12));
}
