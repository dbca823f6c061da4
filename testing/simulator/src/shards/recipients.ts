import { hexToBytes } from "@trellis/base";
import { SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import type { Address, GenesisAccount } from "@trellis/protocol";
import { ACTORS } from "../node/SimNetwork.ts";

const GATEWAY = `61${SHARD_GATEWAY_ADDRESS.slice(-4)}`;

/** Code of recipients, the same in all shards. */
const CODES = {
  reverter: "5f5ffd",
  /** Loops until its gas is used. */
  burner: "5b5f56",
  /** Calls the gateway with the message's data and value. */
  intruder: `365f5f375f5f365f34${GATEWAY}5af100`,
  /** Self-destructs in favour of an actor. */
  destroyer: `73${ACTORS[0]!.address.slice(2)}ff`,
} as const;

export type Recipient = keyof typeof CODES;

export function recipientOf(name: Recipient): Address {
  return `0x${"00".repeat(19)}b${Object.keys(CODES).indexOf(name)}`;
}

export const RECIPIENTS: readonly GenesisAccount[] = Object.entries(CODES).map(([name, code]) => ({
  address: recipientOf(name as Recipient),
  balance: 0n,
  nonce: 1n,
  code: hexToBytes(`0x${code}`),
}));
