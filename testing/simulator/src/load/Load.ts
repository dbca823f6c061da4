import { bigintToBytes, concatBytes, isTrellisError } from "@trellis/base";
import { signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import { COIN } from "../node/coin.ts";
import { ACTORS, type Actor, RECORDER } from "../node/SimNetwork.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";

const GWEI = 10n ** 9n;
const CREATION = Uint8Array.of(0x60, 0x00, 0x60, 0x00, 0x53, 0x60, 0x01, 0x60, 0x00, 0xf3);

export class Load {
  readonly #world: World;
  readonly #rng: RandomStream;
  readonly #nodes: readonly SimNode[];
  readonly #chainId: bigint;
  sentCount = 0;
  refusedCount = 0;

  constructor(world: World, nodes: readonly SimNode[], chainId: bigint) {
    this.#world = world;
    this.#rng = world.random("load");
    this.#nodes = nodes;
    this.#chainId = chainId;
  }

  run(perSecond: number, untilMs: number): void {
    const next = (): void => {
      this.#send();
      if (this.#world.nowMs < untilMs)
        this.#world.schedule(this.#rng.exponential(1_000 / perSecond), NOBODY, "load", next);
    };
    next();
  }

  #send(): void {
    const rng = this.#rng;
    const node = rng.pick(this.#nodes);
    const actor = rng.pick(ACTORS);
    const encoded = this.#transaction(node, actor);
    const pool = node.chain;
    if (pool === undefined) return;
    this.sentCount++;
    pool.intake.submit(encoded, { isLocal: rng.chance(0.8) }).catch((error: unknown) => {
      this.refusedCount++;
      this.#world.note(
        node.index,
        "refuses a transaction",
        isTrellisError(error) ? error.code : String(error),
      );
    });
  }

  #transaction(node: SimNode, { secret, address }: Actor): Uint8Array {
    const rng = this.#rng;
    const kind = rng.below(20);
    const nextNonce = node.chain?.pool.nextNonce(address) ?? 0n;
    const isCall = rng.chance(0.5);
    const isCreation = kind === 0;
    const priorityFee = BigInt(1 + rng.below(1_000)) * (kind === 1 ? 0n : 1_000n);
    const slot = BigInt(rng.below(8));
    return signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: this.#chainId,
        nonce: nonceOf(kind, nextNonce),
        gasLimit: isCall || isCreation ? 400_000n : 21_000n,
        to: isCreation ? null : isCall ? RECORDER : rng.pick(ACTORS).address,
        value: kind === 4 ? 5_000n * COIN : isCall || isCreation ? 0n : BigInt(rng.below(1_000_000)),
        data: isCreation
          ? CREATION
          : isCall
            ? concatBytes(bigintToBytes(slot, 32), bigintToBytes(BigInt(rng.uint32()), 32))
            : new Uint8Array(0),
        accessList: [],
        maxFeePerGas: kind === 5 ? 1n : 20n * GWEI,
        maxPriorityFeePerGas: kind === 5 ? 1n : priorityFee,
      },
      secret,
    ).encoded;
  }
}

function nonceOf(kind: number, nextNonce: bigint): bigint {
  if (kind === 2) return nextNonce + 1n;
  if (kind === 3 && nextNonce > 0n) return nextNonce - 1n;
  return nextNonce;
}
