import { type Hex, isTrellisError, type Log, quantityToHex } from "@trellis/base";
import type { ChainClient, RpcRequest } from "@trellis/client";
import { submissionErrors } from "./errors.ts";

/** Port: whom signed transactions are handed to. */
export interface Relay {
  readonly name: string;
  /** Whether everyone can see what is handed over, and so whether a node can say that it waits. */
  readonly isPublic: boolean;
  /** @param lastBlock after which it should be dropped; undefined for never */
  send(raw: Hex, lastBlock: number | undefined): Promise<void>;
}

/** The pool of a node, which tells everyone. */
export function createPublicRelay(client: Pick<ChainClient, "name" | "send">): Relay {
  return { name: client.name, isPublic: true, send: (raw) => client.send(raw) };
}

/** A builder that takes `eth_sendPrivateTransaction` (Flashbots Protect and those that took it over). */
export function createPrivateRelay(name: string, request: RpcRequest): Relay {
  return {
    name,
    isPublic: false,
    async send(raw, lastBlock) {
      const parameter = {
        tx: raw,
        ...(lastBlock !== undefined && { maxBlockNumber: quantityToHex(lastBlock) }),
      };
      try {
        await request("eth_sendPrivateTransaction", [parameter]);
      } catch (error) {
        if (isTrellisError(error) && error.consequence === "retry") throw error;
        throw submissionErrors.RELAY_REFUSED({ relay: name, reason: reasonOf(error) }, error);
      }
    },
  };
}

/**
 * Hands to several private relays at once, and is done when the first one took it: the others are not waited for.
 * Nothing goes to a public pool, whatever they say. @throws RELAY_REFUSED with each one's reason, when none took it
 */
export function createFanOut(relays: readonly Relay[], { log }: { readonly log: Log }): Relay {
  return {
    name: relays.map(({ name }) => name).join(" "),
    isPublic: false,
    async send(raw, lastBlock) {
      const reasons = relays.map(() => "");
      const broadcast = async (relay: Relay, place: number): Promise<void> => {
        try {
          await relay.send(raw, lastBlock);
        } catch (error) {
          reasons[place] = `${relay.name}: ${reasonOf(error)}`;
          log.warn("a relay did not take a transaction", { relay: relay.name, reason: reasonOf(error) });
          throw error;
        }
      };
      try {
        await Promise.any(relays.map(broadcast));
      } catch (error) {
        throw submissionErrors.RELAY_REFUSED({ reasons: reasons.join("; ") }, error);
      }
    },
  };
}

/** Never an address, which may hold a credential. */
export function reasonOf(error: unknown): string {
  if (!isTrellisError(error)) return "unknown";
  const { reason } = error.facts;
  return typeof reason === "string" ? `${error.code}: ${reason}` : error.code;
}
