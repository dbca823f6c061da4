import { quantityToHex } from "@trellis/base";
import {
  type Account,
  type AccountOverride,
  type Address,
  type ChainView,
  forkAt,
  type Hash,
  UINT256_MAX,
} from "@trellis/protocol";
import { anvilState } from "../../decoding/anvilState.ts";
import { boolean, malformed } from "../../decoding/Decoder.ts";
import { address, code, hash, storageSlot, uint64, uint256 } from "../../decoding/hex.ts";
import { nonce } from "../../decoding/nonce.ts";
import { encodeAnvilState } from "../../encoding/anvilState.ts";
import { rpcErrors } from "../../errors.ts";
import type { DevCommands, DevSettings, ForkedChain } from "../../ports.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { optional, required } from "../Method.ts";
import { type CommandContext, defineCommand } from "./defineCommand.ts";
import {
  blockGasLimit,
  blocks,
  intervalMs,
  intervalSeconds,
  type ResetFork,
  resetOptions,
  SECONDS_MAX,
  seconds,
  snapshotId,
} from "./devDecoders.ts";

/** Each row is a method of Hardhat's node or Anvil, or of both. [RPC-28] */
export const DEV_COMMANDS = [
  defineCommand({
    names: ["hardhat_mine", "anvil_mine"],
    summary: "Mines blocks with an interval in seconds between them.",
    params: [optional("blocks", blocks, 1), optional("interval", seconds, 1)],
    difference: "at most 100,000 blocks a call; a client that leaves ends it",
    async run({ commands, session }, [count, interval]) {
      requireTime(commands.nowMs() / 1_000 + count * interval);
      await commands.mine({ count, intervalMs: interval * 1_000, isOver: () => session.connection.isGone });
      return true;
    },
  }),
  defineCommand({
    names: ["evm_increaseTime", "anvil_increaseTime"],
    summary: "Moves the devnet's clock forward by seconds; returns how far it is ahead.",
    params: [required("seconds", seconds)],
    run({ commands }, [added]) {
      requireTime(commands.nowMs() / 1_000 + added);
      return Math.trunc(commands.advance(added * 1_000) / 1_000);
    },
  }),
  defineCommand({
    names: ["evm_setTime", "anvil_setTime"],
    summary: "Sets the devnet's clock in seconds; returns how far that moves it forward.",
    params: [required("timestamp", seconds)],
    difference: "a time in seconds, not before the newest block's",
    run({ commands, node }, [timestamp]) {
      const last = node.chain.head().timestamp;
      if (timestamp < last) malformed(`Timestamp ${timestamp} is lower than block's timestamp ${last}`);
      const addedMs = timestamp * 1_000 - commands.nowMs();
      commands.advance(addedMs);
      return Math.max(0, Math.trunc(addedMs / 1_000));
    },
  }),
  defineCommand({
    names: ["evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"],
    summary: "Sets the time of the next block in seconds, from which the clock continues.",
    params: [required("timestamp", seconds)],
    run({ commands, node }, [timestamp]) {
      commands.set({ timestampMs: nextTime(node, commands, timestamp) });
      return quantityToHex(timestamp);
    },
  }),
  defineCommand({
    names: ["evm_setAutomine", "anvil_setAutomine"],
    summary: "Turns blocks for each transaction on or off.",
    params: [required("isOn", boolean)],
    run({ commands }, [isOn]) {
      commands.setAutomine(isOn);
      return true;
    },
  }),
  defineCommand({
    names: ["hardhat_getAutomine", "anvil_getAutomine"],
    summary: "Returns whether each transaction causes a block.",
    run: ({ commands }) => commands.isAutomine,
  }),
  defineCommand({
    names: ["evm_setIntervalMining"],
    summary: "Mines a block each time so many milliseconds pass; 0 stops.",
    params: [required("intervalMs", intervalMs)],
    difference: "milliseconds, as in Hardhat; no random interval; with automine, an idle time",
    run: ({ commands }, [interval]) => setPause(commands, interval),
  }),
  defineCommand({
    names: ["anvil_setIntervalMining"],
    summary: "Mines a block each time so many seconds pass; 0 stops.",
    params: [required("seconds", intervalSeconds)],
    difference: "with automine, an idle time",
    run: ({ commands }, [interval]) => setPause(commands, interval * 1_000),
  }),
  defineCommand({
    names: ["anvil_getIntervalMining"],
    summary: "Returns the seconds between blocks, or null.",
    run: ({ commands: { intervalMs: pause } }) => (pause === 0 ? null : pause / 1_000),
  }),
  defineCommand({
    names: ["evm_setBlockGasLimit", "anvil_setBlockGasLimit"],
    summary: "Sets the gas limit of all later blocks.",
    params: [required("gasLimit", blockGasLimit)],
    run: ({ commands }, [gasLimit]) => set(commands, { gasLimit }),
  }),
  defineCommand({
    names: ["hardhat_setNextBlockBaseFeePerGas", "anvil_setNextBlockBaseFeePerGas"],
    summary: "Sets the base fee of the next block.",
    params: [required("baseFee", uint64)],
    run: ({ commands }, [baseFee]) => set(commands, { baseFee }),
  }),
  defineCommand({
    names: ["hardhat_setPrevRandao", "anvil_setPrevRandao"],
    summary: "Sets PREVRANDAO of the next block.",
    params: [required("prevRandao", hash)],
    run: ({ commands }, [prevRandao]) => set(commands, { prevRandao }),
  }),
  defineCommand({
    names: ["hardhat_setCoinbase", "anvil_setCoinbase"],
    summary: "Sets the miner of all later blocks, until a restart.",
    params: [required("address", address)],
    run: ({ commands }, [miner]) => set(commands, { miner }),
  }),
  defineCommand({
    names: ["evm_snapshot", "anvil_snapshot"],
    summary: "Takes a snapshot of chain, state and time; returns its id.",
    difference: "survives a restart; the mempool is not part of it",
    async run({ commands }) {
      const id = await commands.snapshot();
      if (id === undefined) throw refusal("too many snapshots: revert to one of the first");
      return quantityToHex(id);
    },
  }),
  defineCommand({
    names: ["evm_revert", "anvil_revert"],
    summary: "Returns to a snapshot, and uses up this and all later ones; false if there is none.",
    params: [required("id", snapshotId)],
    difference: "empties the mempool",
    run: ({ commands }, [id]) => commands.revert(id),
  }),
  defineCommand({
    names: ["hardhat_reset", "anvil_reset"],
    summary: "Returns to genesis; ends snapshots, impersonation and what was set.",
    params: [optional("options", resetOptions, {})],
    difference: "after more than 50,000 blocks, restart with --reset; forks no other block",
    async run({ commands, node }, [fork]) {
      requireSameFork(node, fork);
      if (!(await commands.reset())) throw refusal("too many blocks: restart the devnet with --reset");
      node.impersonation.clear();
      return true;
    },
  }),
  defineCommand({
    names: ["hardhat_setBalance", "anvil_setBalance"],
    summary: "Sets the balance of an account, in a block of its own.",
    params: [required("address", address), required("balance", uint256)],
    difference: "mines a block with its parent's time",
    run: (to, [account, balance]) => override(to, account, { balance }),
  }),
  defineCommand({
    names: ["anvil_addBalance", "hardhat_addBalance"],
    summary: "Adds to the balance of an account, in a block of its own.",
    params: [required("address", address), required("added", uint256)],
    difference: "mines a block with its parent's time",
    async run(to, [account, added]) {
      const sum = ((await accountRead(to, account))?.balance ?? 0n) + added;
      return override(to, account, { balance: sum < UINT256_MAX ? sum : UINT256_MAX });
    },
  }),
  defineCommand({
    names: ["hardhat_setCode", "anvil_setCode"],
    summary: "Sets the code of an account, in a block of its own.",
    params: [required("address", address), required("code", code)],
    difference: "mines a block with its parent's time; at most 24,576 bytes",
    run: (to, [account, value]) => override(to, account, { code: value }),
  }),
  defineCommand({
    names: ["hardhat_setNonce"],
    summary: "Raises the nonce of an account, in a block of its own.",
    params: [required("address", address), required("nonce", nonce)],
    difference: "mines a block with its parent's time",
    async run(to, [account, value]) {
      const now = (await accountRead(to, account))?.nonce ?? 0n;
      if (value < now)
        malformed(`New nonce (${value}) must not be smaller than the existing nonce (${now}).`);
      if (pooledFrom(to.node, account).length > 0)
        throw refusal("Cannot set account nonce when the transaction pool is not empty");
      return override(to, account, { nonce: value });
    },
  }),
  defineCommand({
    names: ["anvil_setNonce", "evm_setAccountNonce"],
    summary: "Sets the nonce of an account, in a block of its own.",
    params: [required("address", address), required("nonce", nonce)],
    difference: "mines a block with its parent's time",
    run: (to, [account, value]) => override(to, account, { nonce: value }),
  }),
  defineCommand({
    names: ["hardhat_setStorageAt", "anvil_setStorageAt"],
    summary: "Sets a storage slot of an account, in a block of its own.",
    params: [required("address", address), required("slot", storageSlot), required("value", hash)],
    difference: "mines a block with its parent's time",
    run: (to, [account, slot, value]) =>
      override(to, account, { stateDiff: new Map([[slot, BigInt(value)]]) }),
  }),
  defineCommand({
    names: ["anvil_dumpState", "hardhat_dumpState"],
    summary: "Returns the accounts of the newest block, compressed, for anvil_loadState.",
    params: [optional("preserveHistoricalStates", boolean, false)],
    difference: "the newest state without the node's own contracts; at most 200,000 accounts and slots",
    run({ commands, node: { chain } }, [withHistory]) {
      if (withHistory) malformed("former states are not dumped");
      const { number } = chain.head().header;
      return encodeAnvilState(commands.accounts(), { number, omitted: commands.systemContracts });
    },
  }),
  defineCommand({
    names: ["anvil_loadState", "hardhat_loadState"],
    summary: "Adds the accounts of a dump to the state, in a block of its own.",
    params: [required("state", anvilState)],
    difference: "accounts only; mines a block with its parent's time",
    async run({ commands, node, session }, [accounts]) {
      const system = [...accounts.keys()].find((account) => commands.systemContracts.has(account));
      if (system !== undefined) throw refusal(`the node reads contract ${system}: a state cannot replace it`);
      const isOver = () => session.connection.isGone;
      // A client that left while its state was decoded is noticed one turn later.
      await node.lanes.scan.turn(session);
      await commands.readAhead(accounts, isOver);
      if (isOver()) throw rpcErrors.RPC_CLIENT_GONE();
      const raised = [...accounts].map(([account, change]): [Address, AccountOverride] => {
        const now = accountNow(node, account)?.nonce ?? 0n;
        return [account, { ...change, nonce: now > change.nonce! ? now : change.nonce! }];
      });
      if (raised.length > 0) await commands.override(new Map(raised), isOver);
      return true;
    },
  }),
  defineCommand({
    names: ["hardhat_impersonateAccount", "anvil_impersonateAccount"],
    summary: "Lets eth_sendTransaction send for an account without its key.",
    params: [required("address", address)],
    run({ node }, [account]) {
      if (!node.impersonation.add(account)) throw refusal("too many impersonated accounts");
      return true;
    },
  }),
  defineCommand({
    names: ["hardhat_stopImpersonatingAccount", "anvil_stopImpersonatingAccount"],
    summary: "Ends the impersonation of an account; false if there was none.",
    params: [required("address", address)],
    run: ({ node }, [account]) => node.impersonation.remove(account),
  }),
  defineCommand({
    names: ["anvil_autoImpersonateAccount", "hardhat_autoImpersonateAccount"],
    summary: "Impersonates every account, or ends that.",
    params: [required("isOn", boolean)],
    run({ node }, [isOn]) {
      node.impersonation.isForAll = isOn;
      return true;
    },
  }),
  defineCommand({
    names: ["hardhat_dropTransaction"],
    summary: "Removes a transaction from the mempool; false if it is not there.",
    params: [required("hash", hash)],
    run({ commands, node }, [transaction]) {
      if (node.chain.locate(transaction) !== undefined)
        throw refusal(`Transaction ${transaction} cannot be dropped because it's already mined`);
      return commands.drop([transaction]) > 0;
    },
  }),
  defineCommand({
    names: ["anvil_dropTransaction"],
    summary: "Removes a transaction from the mempool; returns its hash, or null.",
    params: [required("hash", hash)],
    run: ({ commands }, [transaction]) => (commands.drop([transaction]) > 0 ? transaction : null),
  }),
  defineCommand({
    names: ["anvil_removePoolTransactions"],
    summary: "Removes an account's transactions from the mempool.",
    params: [required("address", address)],
    run({ commands, node }, [account]) {
      commands.drop(pooledFrom(node, account));
      return null;
    },
  }),
  defineCommand({
    names: ["anvil_dropAllTransactions", "hardhat_dropAllTransactions"],
    summary: "Empties the mempool.",
    run({ commands, node }) {
      const { pending, queued } = node.pool.content();
      const pooled = [...pending.values(), ...queued.values()].flat();
      commands.drop(pooled.map(({ transaction }) => transaction.hash));
      return null;
    },
  }),
  defineCommand({
    names: ["hardhat_metadata", "anvil_metadata"],
    summary: "Returns the version, the chain and its newest block.",
    run({ commands, node: { chain, clientVersion, forked } }) {
      const { hash: latestBlockHash, header } = chain.head();
      return {
        clientVersion,
        chainId: Number(chain.parameters.chainId),
        instanceId: commands.instanceId,
        latestBlockNumber: header.number,
        latestBlockHash,
        ...(forked !== undefined && { forkedNetwork: forkedNetwork(forked) }),
      };
    },
  }),
  defineCommand({
    names: ["anvil_getGenesisTime"],
    summary: "Returns genesis' time in seconds.",
    run: ({ node: { chain } }) => chain.blockByNumber(0)?.timestamp ?? null,
  }),
  defineCommand({
    names: ["anvil_nodeInfo"],
    summary: "Returns the newest block, and what the next one starts from.",
    run({ node: { chain, fees, forked } }) {
      const { hash: currentBlockHash, header, timestamp } = chain.head();
      return {
        currentBlockNumber: quantityToHex(header.number),
        currentBlockTimestamp: timestamp,
        currentBlockHash,
        hardFork: forkName(chain),
        transactionOrder: "fees",
        environment: {
          baseFee: quantityToHex(chain.nextBaseFee()),
          chainId: Number(chain.parameters.chainId),
          gasLimit: quantityToHex(chain.nextGasLimit()),
          gasPrice: quantityToHex(fees.gasPrice()),
        },
        forkConfig: {
          forkUrl: forked === undefined ? null : new URL(forked.url).origin,
          forkBlockNumber: forked?.number ?? null,
          forkRetryBackoff: null,
        },
      };
    },
  }),
];

function forkedNetwork({ chainId, number, hash }: ForkedChain): object {
  return { chainId, forkBlockNumber: number, forkBlockHash: hash };
}

/** The genesis, which a fork determines, is fixed while the devnet runs. */
function requireSameFork({ forked }: RpcNode, { jsonRpcUrl, blockNumber }: ResetFork): void {
  const isSame =
    (jsonRpcUrl === undefined || jsonRpcUrl === forked?.url) &&
    (blockNumber === undefined || blockNumber === forked?.number);
  if (!isSame)
    throw refusal(
      "a running devnet forks no other block: restart it with --fork-url, --fork-block and --reset",
    );
}

/** ms */
export function nextTime({ chain }: RpcNode, { allowsEqualTimes }: DevCommands, timestamp: number): number {
  const last = chain.head().timestamp;
  // Texts of Hardhat, which tests expect.
  if (timestamp < last)
    malformed(`Timestamp ${timestamp} is lower than the previous block's timestamp ${last}`);
  if (timestamp === last && !allowsEqualTimes)
    malformed(`Timestamp ${timestamp} is lower than or equal to previous block's timestamp ${last}`);
  return timestamp * 1_000;
}

function accountNow({ chain }: RpcNode, account: Address): Account | undefined {
  return chain.stateAt(chain.head().hash).account(account);
}

function pooledFrom({ pool }: RpcNode, account: Address): readonly Hash[] {
  const { pending, queued } = pool.contentFrom(account);
  return [...pending, ...queued].map(({ transaction }) => transaction.hash);
}

/** Of the next block, written as in Anvil. */
function forkName(chain: ChainView): string {
  const name = forkAt(chain.parameters.forks, chain.head().header.number + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function requireTime(timestamp: number): void {
  if (timestamp > SECONDS_MAX) malformed(`time after ${SECONDS_MAX} s`);
}

function setPause(commands: DevCommands, interval: number): true {
  commands.setIntervalMs(interval);
  return true;
}

async function accountRead(
  { commands, node }: CommandContext,
  account: Address,
): Promise<Account | undefined> {
  await commands.readAhead(new Map([[account, {}]]), () => false);
  return accountNow(node, account);
}

async function override(
  { commands, session }: CommandContext,
  account: Address,
  change: AccountOverride,
): Promise<true> {
  if (commands.systemContracts.has(account) && change.balance === undefined)
    throw refusal("the node reads this contract: it could not build blocks any more");
  await commands.override(new Map([[account, change]]), () => session.connection.isGone);
  return true;
}

function set(commands: DevCommands, settings: DevSettings): true {
  commands.set(settings);
  return true;
}

function refusal(reason: string) {
  return rpcErrors.RPC_REQUEST_REFUSED({ reason });
}
