import { bigintToBytes, concatBytes, isTrellisError } from "@trellis/base";
import { encodeCall, SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import { type Address, signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import { ACTORS, RECORDER } from "../node/SimNetwork.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";

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

  /** @param nodes by shard */
  constructor(world: World, nodes: readonly (readonly SimNode[])[], chainIds: readonly bigint[]) {
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
    const source = rng.below(this.#nodes.length);
    const destination = (source + 1 + rng.below(this.#nodes.length - 1)) % this.#nodes.length;
    const node = rng.pick(this.#nodes[source]!);
    const { secret, address } = rng.pick(ACTORS);
    const sending = this.#sending();
    const { chain } = node;
    if (chain === undefined) return;
    const { to, value, gasLimit, data } = sending;
    const { encoded } = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: this.#chainIds[source]!,
        nonce: chain.pool.nextNonce(address),
        gasLimit: SEND_GAS,
        to: SHARD_GATEWAY_ADDRESS,
        value,
        data: encodeCall("send(uint16,address,uint64,bytes)", [
          BigInt(destination),
          BigInt(to),
          gasLimit,
          data,
        ]),
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

  #sending(): Sending {
    const rng = this.#rng;
    const value = BigInt(rng.below(1_000_000));
    const call = concatBytes(
      bigintToBytes(BigInt(rng.below(8)), 32),
      bigintToBytes(BigInt(rng.uint32()), 32),
    );
    const kind = rng.below(3);
    if (kind === 0) return { to: rng.pick(ACTORS).address, value, gasLimit: 0n, data: new Uint8Array(0) };
    // The recorder needs more than the lower limit.
    return { to: RECORDER, value, gasLimit: kind === 1 ? 200_000n : 5_000n, data: call };
  }
}
