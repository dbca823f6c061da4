import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bigintToMinimalBytes, bytesToHex, hexToBytes, quantityToHex, runSteps } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeAccount,
  encodeRlp,
  type Hash,
} from "@trellis/protocol";
import { changeInSteps, Trie } from "@trellis/storage";

interface FakeAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code?: Uint8Array;
  readonly slots?: ReadonlyMap<Hash, bigint>;
}

type FakeState = ReadonlyMap<Address, FakeAccount>;

interface Asked {
  readonly method: string;
  readonly params: readonly unknown[];
}

interface Sent extends Asked {
  readonly id: number;
}

export interface RpcFailure {
  readonly error: { readonly code: number; readonly message: string };
}

/** Undefined: `answer` responds itself. */
type Answer = (asked: Asked, honest: () => unknown, response: ServerResponse) => unknown;

export const CHAIN_ID = 5;
export const HASH: Hash = `0x${"ab".repeat(32)}`;
export const BLOCK_NUMBER = 100;

function honestAnswers(state: FakeState) {
  const tries = new Map([...state].map(([address, { slots }]) => [address, storageTrie(slots)]));
  const accounts = trieOf(
    [...state].map(([address, { nonce, balance, code }]) => [
      hexToBytes(address),
      encodeAccount({ nonce, balance, codeHash: codeHashOf(code) }, tries.get(address)!.rootHash()),
    ]),
  );
  return ({ method, params }: Asked): unknown => {
    const [first, second] = params;
    const account = state.get(first as Address);
    switch (method) {
      case "eth_chainId":
        return quantityToHex(CHAIN_ID);
      case "eth_getBlockByNumber":
        if (first !== "latest" && first !== quantityToHex(BLOCK_NUMBER)) return null;
        return {
          number: quantityToHex(BLOCK_NUMBER),
          hash: HASH,
          stateRoot: accounts.rootHash(),
          timestamp: "0x60000000",
          baseFeePerGas: "0x7",
        };
      case "eth_getBalance":
        return quantityToHex(account?.balance ?? 0n);
      case "eth_getTransactionCount":
        return quantityToHex(account?.nonce ?? 0n);
      case "eth_getCode":
        return bytesToHex(account?.code ?? new Uint8Array(0));
      case "eth_getStorageAt":
        return `0x${(account?.slots?.get(second as Hash) ?? 0n).toString(16).padStart(64, "0")}`;
      case "eth_getProof":
        return {
          accountProof: accounts.prove(keccak256(hexToBytes(first as Address))).map(bytesToHex),
          storageProof: (second as readonly Hash[]).map((slot) => ({
            proof: (tries.get(first as Address)?.prove(keccak256(hexToBytes(slot))) ?? []).map(bytesToHex),
          })),
        };
      default:
        return { error: { code: -32601, message: "method not found" } } satisfies RpcFailure;
    }
  };
}

/** A node that holds one state, and lies or fails where `answer` says so. */
export async function openFakeNode(state: FakeState) {
  const honest = honestAnswers(state);
  const asked: Asked[] = [];
  const node = {
    answer: ((_, honest) => honest()) as Answer,
    batchRefusal: undefined as ((response: ServerResponse) => void) | undefined,
    posts: 0,
  };

  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Sent | Sent[];
    node.posts++;
    response.setHeader("content-type", "application/json");
    if (Array.isArray(body) && node.batchRefusal !== undefined) return void node.batchRefusal(response);
    const answers = [body].flat().map((sent) => answerTo(sent, response));
    if (answers.includes(undefined)) return;
    // Batches may be answered in any order.
    response.end(JSON.stringify(Array.isArray(body) ? answers.reverse() : answers[0]));
  });

  function answerTo({ id, method, params }: Sent, response: ServerResponse): object | undefined {
    const question = { method, params };
    asked.push(question);
    const answer = node.answer(question, () => honest(question), response);
    if (answer === undefined) return undefined;
    const isError = typeof answer === "object" && answer !== null && "error" in answer;
    return { jsonrpc: "2.0", id, ...(isError ? answer : { result: answer }) };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(node, {
    asked,
    honest,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export type FakeNode = Awaited<ReturnType<typeof openFakeNode>>;

function codeHashOf(code: Uint8Array | undefined): Hash {
  return code === undefined ? EMPTY_CODE_HASH : keccak256Hex(code);
}

function storageTrie(slots: ReadonlyMap<Hash, bigint> = new Map()): Trie {
  return trieOf(
    [...slots].map(([slot, value]) => [hexToBytes(slot), encodeRlp(bigintToMinimalBytes(value))]),
  );
}

function trieOf(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Trie {
  const empty = Trie.load(EMPTY_TRIE_ROOT, { get: () => undefined }, new Uint8Array(0));
  return runSteps(
    changeInSteps(
      empty,
      entries.map(([key, value]) => [keccak256(key), value]),
    ),
  );
}
