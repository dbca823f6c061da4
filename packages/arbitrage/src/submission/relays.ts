import { type Hex, isTrellisError, type Log, quantityToHex } from "@trellis/base";
import type { ChainClient, RpcRequest } from "@trellis/client";
import { submissionErrors } from "./errors.ts";

export interface Relay {
  readonly name: string;
  readonly isPublic: boolean;
  send(raw: Hex, lastBlock: number | undefined): Promise<void>;
}

export function createPublicRelay(client: Pick<ChainClient, "name" | "send">): Relay {
  return { name: client.name, isPublic: true, send: (raw) => client.send(raw) };
}

/** Uses `eth_sendPrivateTransaction` (Flashbots Protect and compatible). */
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

/** Never falls back to a public mempool. @throws RELAY_REFUSED if all refuse */
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
          log.warn("relay.refused", { relay: relay.name, reason: reasonOf(error) });
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

/** Omits the message, which may contain the URL's credentials. */
export function reasonOf(error: unknown): string {
  if (!isTrellisError(error)) return "unknown";
  const { reason } = error.facts;
  return typeof reason === "string" ? `${error.code}: ${reason}` : error.code;
}
