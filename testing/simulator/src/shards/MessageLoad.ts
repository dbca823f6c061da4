import { bigintToBytes, concatBytes, isTrellisError } from "@trellis/base";
import { encodeCall, SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import { type Address, signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import { ACTORS, RECORDER } from "../node/SimNetwork.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";
import { recipientOf } from "./recipients.ts";

interface Sending {
  readonly to: Address;
  readonly value: bigint;
  readonly gasLimit: bigint;
  readonly data: Uint8Array;
}

const GWEI = 10n ** 9n;
/** Of a send with the gas of the largest delivery and its refund (SHARD-6). */
const SEND_GAS = 3_000_000n;

/** Sends coins and calls between all shards. Some calls fail, and are refunded. */
export class MessageLoad {
  readonly #world: World;
  readonly #rng: RandomStream;
  readonly #nodes: readonly (readonly SimNode[])[];
  readonly #chainIds: readonly bigint[];

  readonly #floodShare: number;

  /**
   * @param nodes by shard
   * @param floodShare of messages to the last shard, beside the equal share of all
   */
  constructor(
    world: World,
    nodes: readonly (readonly SimNode[])[],
    chainIds: readonly bigint[],
    floodShare = 0,
  ) {
    this.#floodShare = floodShare;
    this.#world = world;
    this.#rng = world.random("messages");
    this.#nodes = nodes;
    this.#chainIds = chainIds;
  }

  run(perSecond: number, untilMs: number): void {
    const next = (): void => {
      this.#send();
      if (this.#world.nowMs < untilMs)
        this.#world.schedule(this.#rng.exponential(1_000 / perSecond), NOBODY, "message load", next);
    };
    next();
  }

  #send(): void {
    const rng = this.#rng;
    const count = this.#nodes.length;
    const isFlood = rng.chance(this.#floodShare);
    const source = rng.below(isFlood ? count - 1 : count);
    const destination = isFlood ? count - 1 : (source + 1 + rng.below(count - 1)) % count;
    const node = rng.pick(this.#nodes[source]!);
    const { secret, address } = rng.pick(ACTORS);
    const sending = this.#sending(source);
    const { chain } = node;
    if (chain === undefined) return;
    const { value } = sending;
    const { encoded } = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: this.#chainIds[source]!,
        nonce: chain.pool.nextNonce(address),
        gasLimit: SEND_GAS,
        to: SHARD_GATEWAY_ADDRESS,
        value,
        data: encodeSend(destination, sending),
        accessList: [],
        maxFeePerGas: 20n * GWEI,
        maxPriorityFeePerGas: 1_000n,
      },
      secret,
    );
    chain.intake.submit(encoded, { isLocal: true }).catch((error: unknown) => {
      this.#world.note(node.index, "refuses a message", isTrellisError(error) ? error.code : String(error));
    });
  }

  #sending(source: number): Sending {
    const rng = this.#rng;
    const value = rng.chance(0.8) ? BigInt(rng.below(1_000_000)) : 0n;
    const call = concatBytes(
      bigintToBytes(BigInt(rng.below(8)), 32),
      bigintToBytes(BigInt(rng.uint32()), 32),
    );
    const nothing = new Uint8Array(0);
    const toActor = { to: rng.pick(ACTORS).address, value, gasLimit: 0n, data: nothing };
    switch (rng.below(8)) {
      case 0:
      case 1:
        return toActor;
      case 2:
      case 3:
        return { to: RECORDER, value, gasLimit: 200_000n, data: call };
      // The recorder needs more.
      case 4:
        return { to: RECORDER, value, gasLimit: 5_000n, data: call };
      case 5:
        return { to: recipientOf("intruder"), value, gasLimit: 700_000n, data: encodeSend(source, toActor) };
      case 6:
        return { to: recipientOf("destroyer"), value, gasLimit: 50_000n, data: nothing };
      default: {
        const to = recipientOf(rng.pick(["reverter", "burner"]));
        return { to, value, gasLimit: BigInt(rng.below(100_000)), data: nothing };
      }
    }
  }
}

function encodeSend(destination: number, { to, gasLimit, data }: Sending): Uint8Array {
  return encodeCall("send(uint16,address,uint64,bytes)", [BigInt(destination), BigInt(to), gasLimit, data]);
}
