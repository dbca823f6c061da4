import { bytesToHex } from "@trellis/base";
import { createWire, type Hello, type Wire } from "@trellis/network";
import { type Block, createBlock, type Hash, signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";
import type { Checks } from "../checks/Checks.ts";
import { simulatorErrors } from "../errors.ts";
import type { Fault } from "../faults/faults.ts";
import { blockMessage, transactionMessage } from "../node/gossip.ts";
import { ACTORS, minerAddress } from "../node/SimNetwork.ts";
import type { SimNode } from "../node/SimNode.ts";
import type { SealWork } from "../node/sharedWork.ts";
import type { Swarm } from "../run/chooseSwarm.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import { NOBODY, type World } from "../world/World.ts";
import type { ByzantineBehaviour } from "./ByzantineBehaviour.ts";
import type { ByzantineValidator } from "./ByzantineValidator.ts";
import { invalidBlock } from "./invalidBlocks.ts";

const PAUSE_MS = 2_500;
const SPAM_COUNT = 15;
const FLOOD_COUNT = 60;
const ORPHAN_COUNT = 40;
const BOAST = { number: 2 ** 40, blueWork: 2n ** 190n };
/** A shared promise would keep every awaiting run in memory. */
const never = (): Promise<never> => new Promise(() => {});

export class ByzantineNode implements ByzantineBehaviour {
  readonly #world: World;
  readonly #swarm: Swarm;
  readonly #work: SealWork;
  readonly #checks: Checks;
  readonly #rng: RandomStream;
  readonly #wire: Wire;
  readonly #kinds: ReadonlySet<Fault>;
  readonly #withheld: { readonly topic: string; readonly message: Uint8Array }[] = [];
  #isWithholding = false;
  #isHonest = false;
  #node: SimNode | undefined;

  constructor(
    index: number,
    swarm: Swarm,
    ports: { readonly world: World; readonly work: SealWork; readonly checks: Checks },
  ) {
    this.#world = ports.world;
    this.#swarm = swarm;
    this.#work = ports.work;
    this.#checks = ports.checks;
    this.#rng = ports.world.random(`liar ${index}`);
    this.#kinds = swarm.faults;
    this.#wire = createWire(ports.checks.parameters);
  }

  run(node: SimNode, validator: ByzantineValidator | undefined): void {
    this.#node = node;
    if (validator !== undefined) {
      this.#repeat("replayvote", () => validator.replay());
      this.#repeat("badproposal", () => validator.proposeOutOfTurn());
    }
    this.#repeat("invalid", () => this.#publishInvalid());
    this.#repeat("equivocate", () => this.#equivocate());
    this.#repeat("withhold", () => this.#withhold());
    this.#repeat("spam", () => this.#spam());
    this.#repeat("flood", () => this.#flood());
    this.#repeat("garbage", () => this.#garbage());
    this.#repeat("orphans", () => {
      for (let count = 0; count < ORPHAN_COUNT; count++) this.#orphan();
    });
  }

  end(): void {
    this.#isHonest = true;
    this.#release();
  }

  holds(topic: string, message: Uint8Array): boolean {
    if (topic === this.#wire.topics.finality.id) return this.#dropsVotes();
    if (!this.#isWithholding || topic !== this.#wire.topics.blocks.id) return false;
    this.#withheld.push({ topic, message });
    return true;
  }

  /** A silent validator also forwards only some bundles of others' votes. */
  #dropsVotes(): boolean {
    return this.#kinds.has("silentvote") && !this.#isHonest && this.#rng.chance(0.5);
  }

  async answer(protocol: string, _request: Uint8Array, honest: Uint8Array): Promise<Uint8Array> {
    const rng = this.#rng;
    if (this.#isHonest) return honest;
    if (this.#isKeptBack(protocol))
      return rng.chance(0.5)
        ? never()
        : Promise.reject(
            simulatorErrors.SIMULATED_PEER_UNREACHABLE({ protocol, reason: "a liar says nothing" }),
          );
    if (this.#kinds.has("boast") && protocol === this.#wire.protocols.hello.id) return this.#boast(honest);
    if (this.#kinds.has("stall") && rng.chance(0.3)) return never();
    if (this.#kinds.has("corrupt") && rng.chance(0.3)) return this.#corrupt(honest);
    if (this.#kinds.has("lies") && rng.chance(0.5)) return this.#lie(protocol, honest);
    return honest;
  }

  /** Withholds headers, which would disprove a false claim, and blocks, which can be parents of orphans. */
  #isKeptBack(protocol: string): boolean {
    const { headers, blocks } = this.#wire.protocols;
    return (
      (this.#kinds.has("boast") && protocol === headers.id) ||
      (this.#kinds.has("orphans") && protocol === blocks.id)
    );
  }

  #repeat(fault: Fault, strike: () => void): void {
    if (!this.#kinds.has(fault)) return;
    const next = (): void => {
      this.#world.schedule(
        this.#rng.exponential(PAUSE_MS / this.#swarm.intensity),
        NOBODY,
        `lie ${fault}`,
        () => {
          if (this.#isHonest) return;
          strike();
          next();
        },
      );
    };
    next();
  }

  async #template() {
    const chain = this.#node?.chain;
    if (chain === undefined) return undefined;
    const miner = minerAddress(this.#node!.index);
    return chain.builder.createTemplate({
      miner,
      stream: this.#rng.below(3),
      extra: this.#rng.bytes(4),
    });
  }

  async #publishInvalid(): Promise<void> {
    const template = await this.#template();
    const invalid = template && invalidBlock(template, this.#work, this.#rng);
    if (invalid === undefined) return;
    const { block, forbidden } = invalid;
    this.#checks.forbidden.set(block.hash, forbidden);
    this.#world.note(
      this.#node!.index,
      "sends an invalid block",
      `${forbidden.kind} ${block.hash.slice(0, 14)}`,
    );
    this.#broadcast(this.#wire.topics.blocks.id, blockMessage(this.#wire, block));
  }

  async #equivocate(): Promise<void> {
    const template = await this.#template();
    if (template === undefined) return;
    const siblings: Block[] = Array.from({ length: 3 }, (_value, index) => {
      const header = { ...template.header, extra: Uint8Array.of(index) };
      const nonce = this.#work.search(header, BigInt(this.#rng.uint32()));
      return createBlock({ ...header, seal: { ...header.seal, nonce } }, template.body);
    });
    for (const { hash } of siblings) this.#checks.mined(hash);
    const transport = this.#node?.transport;
    for (const peer of transport?.peers ?? []) {
      transport!.whisper(
        peer,
        this.#wire.topics.blocks.id,
        blockMessage(this.#wire, this.#rng.pick(siblings)),
      );
    }
  }

  #withhold(): void {
    if (this.#isWithholding) return;
    this.#isWithholding = true;
    this.#world.schedule(this.#rng.between(1_000, 8_000), NOBODY, "release", () => this.#release());
  }

  #release(): void {
    this.#isWithholding = false;
    for (const { topic, message } of this.#withheld.splice(0)) this.#broadcast(topic, message);
  }

  #spam(): void {
    const rng = this.#rng;
    for (let count = 0; count < SPAM_COUNT; count++) {
      const isOrphan = rng.chance(0.3);
      if (isOrphan) this.#orphan();
      else
        this.#broadcast(this.#wire.topics.transactions.id, transactionMessage(this.#wire, this.#worthless()));
    }
  }

  #worthless(): Uint8Array {
    const rng = this.#rng;
    const secret = rng.chance(0.5) ? rng.bytes(32) : rng.pick(ACTORS).secret;
    const unsigned = {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: this.#checks.parameters.chainId,
      nonce: BigInt(rng.below(1_000)),
      gasLimit: 21_000n,
      to: rng.pick(ACTORS).address,
      value: BigInt(rng.uint32()),
      data: new Uint8Array(0),
      accessList: [],
      maxFeePerGas: BigInt(rng.uint32()),
      maxPriorityFeePerGas: 1n,
    };
    return signTransaction({ ...unsigned, maxFeePerGas: unsigned.maxFeePerGas + 1n }, secret).encoded;
  }

  #orphan(): void {
    const view = this.#node?.chain?.view;
    const block = view?.block(view.head().hash);
    if (block === undefined || block.header.number === 0) return;
    const header = { ...block.header, parents: [this.#invented()], extra: this.#rng.bytes(8) };
    const nonce = this.#work.search(header, BigInt(this.#rng.uint32()));
    const orphan = createBlock({ ...header, seal: { ...header.seal, nonce } }, block.body);
    this.#checks.forbidden.set(orphan.hash, { kind: "orphan", from: "dag" });
    this.#broadcast(this.#wire.topics.blocks.id, blockMessage(this.#wire, orphan));
  }

  #flood(): void {
    const rng = this.#rng;
    const transport = this.#node?.transport;
    if (transport === undefined || transport.peers.length === 0) return;
    const peer = rng.pick(transport.peers);
    const { headers, blocks } = this.#wire.protocols;
    const genesis = this.#node!.chain!.view.genesisHash;
    const hashes = this.#checks.newest(8);
    const requests = [
      [headers.id, headers.request.encode({ locator: [genesis], countMax: 500 })],
      [blocks.id, blocks.request.encode({ hashes })],
    ] as const;
    for (let count = 0; count < FLOOD_COUNT; count++) {
      const [protocol, request] = rng.pick(requests);
      transport
        .request(peer, protocol, request, { timeoutMs: 2_000, answerBytesMax: 10_000_000 })
        .catch(() => {});
    }
  }

  #garbage(): void {
    const rng = this.#rng;
    const transport = this.#node?.transport;
    if (transport === undefined) return;
    for (const topic of transport.topics) this.#broadcast(topic, rng.bytes(rng.below(300)));
    for (const protocol of transport.protocols) {
      const peer = transport.peers.length === 0 ? undefined : rng.pick(transport.peers);
      if (peer === undefined) return;
      const request = transport.request(peer, protocol, rng.bytes(rng.below(200)), {
        timeoutMs: 2_000,
        answerBytesMax: 1_000_000,
      });
      request.catch(() => {});
    }
  }

  #corrupt(honest: Uint8Array): Uint8Array {
    const rng = this.#rng;
    switch (rng.below(4)) {
      case 0:
        return new Uint8Array(0);
      case 1:
        return rng.bytes(rng.below(2_000));
      case 2:
        return honest.slice(0, rng.below(honest.length + 1));
      default: {
        const corrupt = honest.slice();
        if (corrupt.length > 0) corrupt[rng.below(corrupt.length)]! ^= 1 << rng.below(8);
        return corrupt;
      }
    }
  }

  #lie(protocol: string, honest: Uint8Array): Uint8Array {
    const { hello, headers } = this.#wire.protocols;
    if (protocol === hello.id) return hello.answer.encode(this.#lyingHello(hello.answer.decode(honest)));
    if (protocol !== headers.id) return honest;
    const page = headers.answer.decode(honest);
    const count = this.#rng.below(page.headers.length + 1);
    return headers.answer.encode({
      ...page,
      headers: page.headers.slice(0, count),
      isEnd: this.#rng.chance(0.5),
    });
  }

  #boast(honest: Uint8Array): Uint8Array {
    const { answer } = this.#wire.protocols.hello;
    return answer.encode({ ...answer.decode(honest), sink: { hash: this.#invented(), ...BOAST }, tips: [] });
  }

  #invented(): Hash {
    return bytesToHex(this.#rng.bytes(32));
  }

  #lyingHello(hello: Hello): Hello {
    const rng = this.#rng;
    const invented = this.#invented();
    const { sink } = hello;
    switch (rng.below(4)) {
      case 0:
        return {
          ...hello,
          sink: { hash: invented, number: sink.number + 1_000, blueWork: sink.blueWork * 1_000n },
        };
      case 1:
        return { ...hello, tips: [invented, ...hello.tips.slice(1)] };
      case 2:
        return { ...hello, sink: { ...sink, blueWork: sink.blueWork * 2n } };
      default:
        return { ...hello, genesis: invented };
    }
  }

  #broadcast(topic: string, message: Uint8Array): void {
    const transport = this.#node?.transport;
    for (const peer of transport?.peers ?? []) transport!.whisper(peer, topic, message);
  }
}
