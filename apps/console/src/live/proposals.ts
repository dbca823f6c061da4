import { useQuery } from "@tanstack/react-query";
import { type Address, decodeEventLog, type Hex, keccak256, toEventSelector, toHex } from "viem";
import { governor } from "../contracts/governor.ts";
import type { PageJson, ReceiptJson, TopicJson } from "./chainTypes.ts";
import { node, queries } from "./node.ts";

export interface Action {
  readonly target: Address;
  readonly valueWei: bigint;
  readonly data: Hex;
}

export interface Proposal {
  readonly id: bigint;
  readonly proposer: Address;
  readonly actions: readonly Action[];
  readonly description: string;
  /** Seconds since the Unix epoch. */
  readonly voteStart: number;
  readonly voteEnd: number;
  readonly transactionHash: Hex;
  readonly blockNumber: number;
}

interface VoteCast {
  readonly voter: Address;
  /** 0 against, 1 for, 2 abstain. */
  readonly support: number;
  readonly weightWei: bigint;
  readonly reason: string;
  /** True if a delegator voted with its own stake, false if a validator voted with its pool. */
  readonly isOwnStake: boolean;
  readonly transactionHash: Hex;
}

const LOGS_MAX = 500;
const PAGE_ITEMS = "0x64";

const selectorOf = (name: "ProposalCreated" | "VoteCast" | "VoteCastWithParams"): Hex =>
  toEventSelector(governor.abi.find((item) => item.type === "event" && item.name === name)! as never);

export function useProposals() {
  return useQuery({
    queryKey: ["live", "proposals"],
    queryFn: readProposals,
  });
}

export async function readProposals(): Promise<readonly Proposal[]> {
  const logs = await logsOf(selectorOf("ProposalCreated"));
  return logs.map(proposalOf).filter((found) => found !== undefined);
}

export function useVotes({ id, blockNumber }: Proposal) {
  return useQuery({
    queryKey: ["live", "votes", String(id)],
    queryFn: async (): Promise<readonly VoteCast[]> => {
      const found = await Promise.all(
        (["VoteCast", "VoteCastWithParams"] as const).map((name) => logsOf(selectorOf(name), blockNumber)),
      );
      return found.flatMap((logs) => logs.map((log) => voteOf(log, id)).filter((vote) => vote !== undefined));
    },
  });
}

interface GovernorLog {
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly transactionHash: Hex;
  readonly blockNumber: number;
}

/** The index returns only positions; receipts contain the logs. */
async function logsOf(topic: Hex, fromBlock = 0): Promise<readonly GovernorLog[]> {
  const places: TopicJson[] = [];
  let cursor: Hex | null = null;
  do {
    const page: PageJson<TopicJson> = await node.request("trellis_getLogsByTopic", [
      topic,
      { count: PAGE_ITEMS, ...(cursor === null ? {} : { cursor }) },
      governor.address,
    ]);
    places.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && places.length < LOGS_MAX && Number(places.at(-1)!.blockNumber) >= fromBlock);
  const wanted = places.filter(({ blockNumber }) => Number(blockNumber) >= fromBlock);
  const logs = await Promise.all(wanted.map(logAt));
  return logs.filter((log) => log !== null);
}

/** The key contains the position, because a reorganisation can change it. */
function logAt({ transactionHash, blockNumber, logIndex }: TopicJson): Promise<GovernorLog | null> {
  return queries.fetchQuery({
    queryKey: ["log", transactionHash, blockNumber, logIndex],
    queryFn: async () => {
      const receipt = await node.request<ReceiptJson | null>("eth_getTransactionReceipt", [transactionHash]);
      if (receipt?.blockNumber !== blockNumber) return null;
      const log = receipt.logs.find((made) => made.logIndex === logIndex);
      return log === undefined ? null : { ...log, transactionHash, blockNumber: Number(blockNumber) };
    },
    staleTime: ({ state }) => (state.data === null ? 0 : Number.POSITIVE_INFINITY),
  });
}

function eventOf({ topics, data }: GovernorLog) {
  try {
    return decodeEventLog({ abi: governor.abi, topics: topics as [Hex, ...Hex[]], data });
  } catch {
    return undefined;
  }
}

function proposalOf(log: GovernorLog): Proposal | undefined {
  const event = eventOf(log);
  if (event?.eventName !== "ProposalCreated") return undefined;
  const { proposalId, proposer, targets, values, calldatas, voteStart, voteEnd, description } = event.args;
  return {
    id: proposalId,
    proposer,
    actions: targets.map((target, index) => ({
      target,
      valueWei: values[index]!,
      data: calldatas[index]!,
    })),
    description,
    voteStart: Number(voteStart),
    voteEnd: Number(voteEnd),
    transactionHash: log.transactionHash,
    blockNumber: log.blockNumber,
  };
}

function voteOf(log: GovernorLog, id: bigint): VoteCast | undefined {
  const event = eventOf(log);
  if (event?.eventName !== "VoteCast" && event?.eventName !== "VoteCastWithParams") return undefined;
  const { voter, proposalId, support, weight, reason } = event.args;
  if (proposalId !== id) return undefined;
  return {
    voter,
    support,
    reason,
    weightWei: weight,
    transactionHash: log.transactionHash,
    isOwnStake: event.eventName === "VoteCastWithParams",
  };
}

/** The proposal id is the hash of these arguments. */
export function hashedArguments({ actions, description }: Pick<Proposal, "actions" | "description">) {
  return [...argumentsOf(actions), keccak256(toHex(description))] as const;
}

export function argumentsOf(actions: readonly Action[]) {
  return [
    actions.map(({ target }) => target),
    actions.map(({ valueWei }) => valueWei),
    actions.map(({ data }) => data),
  ] as const;
}
