import { quantityToHex } from "@trellis/base";
import { type Awaitable, EncodedJson, genesisNumber, type Json, jsonText } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import type { TraceFilter } from "../decoding/traceFilter.ts";
import { rpcErrors } from "../errors.ts";
import type { ForkedChain } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import { placeOf } from "./placeOf.ts";

type ForkingNode = Pick<RpcNode, "chain" | "pool" | "filters">;

interface ForkCall {
  readonly method: string;
  /** As the client gave them. */
  readonly params: readonly unknown[];
  readonly args: readonly unknown[];
}

interface ForkPorts {
  readonly forked: Pick<ForkedChain, "request">;
  runHere(method: string, args: readonly unknown[]): Awaitable<unknown>;
}

/** [DEV-8] */
export function runOnFork(node: ForkingNode, call: ForkCall, ports: ForkPorts): Awaitable<unknown> {
  const { method, params, args } = call;
  if (method === "eth_getFilterLogs") {
    const criteria = node.filters.criteria(args[0] as string);
    const read = { method: "eth_getLogs", params: [filterOf(criteria)], args: [criteria] };
    return runOnFork(node, read, ports);
  }
  const place = placeOf(node, method, args);
  if (place === "here") return ports.runHere(method, args);
  if (place === "forked") return ports.forked.request(method, params);
  const first = genesisNumber(node.chain.parameters);
  return method === "trace_filter" ? framesOfBoth(first, call, ports) : logsOfBoth(first, call, ports);
}

async function logsOfBoth(first: number, call: ForkCall, ports: ForkPorts): Promise<EncodedJson> {
  const below = await listBelow(first, call, ports);
  const [criteria] = call.args as readonly [LogCriteria];
  return joined(below, await ports.runHere(call.method, [{ ...criteria, fromBlock: first }]));
}

/** `after` and `count` are positions in the list of both. */
async function framesOfBoth(first: number, call: ForkCall, ports: ForkPorts): Promise<EncodedJson> {
  const [filter] = call.args as readonly [TraceFilter];
  const below = await listBelow(first, call, ports);
  const count = filter.count - below.length;
  if (count <= 0) return joined(below, []);
  let { after } = filter;
  if (below.length > 0) after = 0;
  else if (after > 0) after -= (await listBelow(first, call, ports, { after: 0, count: after })).length;
  return joined(below, await ports.runHere(call.method, [{ ...filter, fromBlock: first, after, count }]));
}

async function listBelow(
  first: number,
  { method, params }: ForkCall,
  { forked }: ForkPorts,
  changes: object = {},
): Promise<readonly Json[]> {
  const filter = { ...(params[0] as object), ...changes, toBlock: quantityToHex(first - 1) };
  const list = await forked.request(method, [filter]);
  if (Array.isArray(list)) return list;
  throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `the forked chain's node returns no list for ${method}` });
}

function joined(below: readonly Json[], here: unknown): EncodedJson {
  const lists = [below as Json[], here as EncodedJson | Json[]].map((list) => jsonText(list).slice(1, -1));
  return new EncodedJson(`[${lists.filter((list) => list !== "").join(",")}]`);
}

function filterOf({ blockHash, fromBlock, toBlock, addresses, topics }: LogCriteria): object {
  const listOf = (values: ReadonlySet<string>) => (values.size === 0 ? undefined : [...values]);
  const numberOf = (at: LogCriteria["fromBlock"]) => (typeof at === "number" ? quantityToHex(at) : at);
  return {
    blockHash,
    fromBlock: numberOf(fromBlock),
    toBlock: numberOf(toBlock),
    address: listOf(addresses),
    topics: topics.map((values) => values && [...values]),
  };
}
