import { type Hex, isHex } from "@trellis/base";
import type { BlockReference, ChainClient } from "@trellis/client";
import { ReservesRegistry } from "@trellis/contracts/reserves";
import { decodeFunctionResult, encodeEventTopics, encodeFunctionData } from "viem/utils";
import type { AnchorContent, Inclusion } from "./Anchor.ts";
import { anchoringErrors } from "./errors.ts";

const { abi, runtimeBytecode } = ReservesRegistry;

interface PublishedRecord {
  readonly recordHash: Hex;
  readonly totalsHash: Hex;
  readonly logRoot: Hex;
  readonly logSize: number;
  readonly blockTimeSeconds: number;
  readonly blockHeight: number;
}

export interface Registry {
  readonly address: Hex;
  readonly custodian: Hex;
}

export function publishCall({ address }: Registry, content: AnchorContent): { to: Hex; data: Hex } {
  const { sequence, previousRecordHash, recordHash, totalsHash, logSize, logRoot } = content;
  const args = [
    BigInt(sequence),
    previousRecordHash,
    recordHash,
    totalsHash,
    BigInt(logSize),
    logRoot,
  ] as const;
  return { to: address, data: encodeFunctionData({ abi, functionName: "publish", args }) };
}

export async function checkRegistry(client: ChainClient, address: Hex, blockHash: Hex): Promise<void> {
  if ((await client.code(address, blockHash)) !== runtimeBytecode)
    throw anchoringErrors.ANCHOR_REFUSED({
      reason: "no ReservesRegistry at this address",
      address,
      blockHash,
    });
}

export async function readPublished(
  client: ChainClient,
  { address, custodian }: Registry,
  sequence: number,
  blockHash: Hex,
): Promise<PublishedRecord | undefined> {
  const args = [custodian, BigInt(sequence)] as const;
  const call = encodeFunctionData({ abi, functionName: "anchorOf", args });
  const data = await client.call(address, call, blockHash);
  // The address has no code, which checkRegistry reports.
  if (data === undefined || data === "0x") return undefined;
  const anchor = decodeFunctionResult({ abi, functionName: "anchorOf", data });
  const { recordHash, totalsHash, logRoot, logSize, blockTime, blockNumber } = anchor;
  return {
    recordHash,
    totalsHash,
    logRoot,
    logSize: Number(logSize),
    blockTimeSeconds: Number(blockTime),
    blockHeight: Number(blockNumber),
  };
}

export async function findPublication(
  client: ChainClient,
  { address, custodian }: Registry,
  { sequence, recordHash }: AnchorContent,
  block: BlockReference,
): Promise<Inclusion | undefined> {
  const args = { custodian, sequence: BigInt(sequence), recordHash };
  const topics = encodeEventTopics({ abi, eventName: "Published", args }).map((topic) => {
    return isHex(topic, 32) ? topic : null;
  });
  const { height } = block;
  const [log] = await client.logs({ address, topics, fromHeight: height, toHeight: height });
  return log && { transactionHash: log.transactionHash, block: log.block };
}

export function findMismatch(published: PublishedRecord, content: Omit<AnchorContent, "sequence">) {
  const fields = ["recordHash", "totalsHash", "logSize", "logRoot"] as const;
  const field = fields.find((name) => published[name] !== content[name]);
  return field === undefined ? undefined : { field, got: published[field], expected: content[field] };
}
