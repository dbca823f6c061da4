import { gzipSync } from "node:zlib";
import { bigintToBytes, bytesToHex, type Hex, quantityToHex } from "@trellis/base";
import type { Address, DumpedAccount } from "@trellis/protocol";
import { STATE_BYTES_MAX, STATE_ENTRIES_MAX } from "../decoding/anvilState.ts";
import { rpcErrors } from "../errors.ts";

/** State in Anvil's format. @throws RPC_LIMIT_EXCEEDED if it could not be loaded again */
export function encodeAnvilState(
  accounts: Iterable<DumpedAccount>,
  { number, omitted }: { readonly number: number; readonly omitted: ReadonlySet<Address> },
): Hex {
  const records: Record<Address, object> = {};
  let count = 0;
  for (const { address, nonce, balance, code, storage } of accounts) {
    if (omitted.has(address)) continue;
    count += 1 + storage.size;
    if (count > STATE_ENTRIES_MAX) tooLarge(`more than ${STATE_ENTRIES_MAX} accounts and slots`);
    records[address] = {
      // A number in Anvil, as far as JSON is exact.
      nonce: nonce <= Number.MAX_SAFE_INTEGER ? Number(nonce) : quantityToHex(nonce),
      balance: quantityToHex(balance),
      code: bytesToHex(code),
      storage: Object.fromEntries([...storage].map(([slot, value]) => [slot, wordToHex(value)])),
    };
  }
  const state = { block: null, accounts: records, best_block_number: number, blocks: [], transactions: [] };
  const json = JSON.stringify(state);
  if (json.length > STATE_BYTES_MAX) tooLarge(`more than ${STATE_BYTES_MAX} bytes`);
  return bytesToHex(gzipSync(json));
}

function wordToHex(value: bigint): Hex {
  return bytesToHex(bigintToBytes(value, 32));
}

function tooLarge(reason: string): never {
  throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason: `the state has ${reason}` });
}
