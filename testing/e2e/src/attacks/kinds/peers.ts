import { randomBytes } from "node:crypto";
import { type Hex, type Scheduler, silentLog } from "@trellis/base";
import {
  createLibp2pTransport,
  createWire,
  type Hello,
  type Transport,
  type WireProtocol,
} from "@trellis/network";
import { localParameters } from "@trellis/protocol";
import { type Attack, clients } from "../Attack.ts";
import { call } from "../Client.ts";
import { sleep } from "../Wallet.ts";

const PEERS = 8;
const AT_ONCE = 8;
const RECONNECT_MS = 100;
const ZERO: Hex = `0x${"00".repeat(32)}`;

const NETWORK = localParameters({ accounts: [] });
const { protocols } = createWire(NETWORK);

const scheduler: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

type Ask = <Request, Answer>(protocol: WireProtocol<Request, Answer>, request: Request) => Promise<Answer>;

function asking(title: string, act: (ask: Ask, hello: Hello, turn: number) => Promise<unknown>): Attack {
  return {
    title,
    async prepare({ url, p2p }) {
      if (p2p === undefined) throw new Error("the node has no peers' address");
      const hello = await helloOf(url);
      const peers = await Promise.all(Array.from({ length: PEERS }, () => Stranger.open(hello, p2p)));
      return () =>
        clients(PEERS * AT_ONCE, async (client, turn) => {
          const peer = peers[client % PEERS]!;
          await act(await peer.greeted(), peer.theirs ?? hello, turn);
        });
    },
  };
}

/** Claims the node's own head, so that no sync starts. */
async function helloOf(url: string): Promise<Hello> {
  const block = async (number: string) =>
    (await call(url, "eth_getBlockByNumber", [number, false])).result as { hash: Hex; number: Hex };
  const [genesis, head] = [await block("0x0"), await block("latest")];
  const oldest = { hash: genesis.hash, number: 0 };
  return {
    chainId: 31_337n,
    genesis: genesis.hash,
    forks: NETWORK.forks,
    shard: 0,
    agent: "Trellis/attack",
    sink: { hash: head.hash, number: Number(head.number), blueWork: 1n },
    finalized: oldest,
    oldest,
    tips: [head.hash],
    states: [],
  };
}

class Stranger {
  theirs: Hello | undefined;
  readonly #transport: Transport;
  readonly #address: string;
  readonly #hello: Hello;
  #greeting: Promise<Ask> | undefined;

  private constructor(transport: Transport, address: string, hello: Hello) {
    this.#transport = transport;
    this.#address = address;
    this.#hello = hello;
  }

  static async open(hello: Hello, address: string): Promise<Stranger> {
    const transport = await createLibp2pTransport(
      {
        key: randomBytes(32),
        listen: [],
        announce: [],
        chainId: hello.chainId,
        agent: hello.agent,
        mdns: false,
        connectionsMax: 8,
      },
      { scheduler, log: silentLog },
    );
    const stranger = new Stranger(transport, address, hello);
    await transport.start(
      {
        refusal: () => undefined,
        connected: () => {},
        disconnected: () => {
          stranger.#greeting = undefined;
        },
        answer: async (_, protocol) => {
          if (protocol !== protocols.hello.id) throw new Error("nothing is served");
          return protocols.hello.answer.encode(hello);
        },
        judge: async () => "ignore",
        spend: () => true,
        offended: () => {},
        discovered: () => {},
      },
      [protocols.hello],
      [],
    );
    return stranger;
  }

  greeted(): Promise<Ask> {
    this.#greeting ??= this.#greet().catch(async (error: unknown) => {
      await sleep(RECONNECT_MS);
      this.#greeting = undefined;
      throw error;
    });
    return this.#greeting;
  }

  async #greet(): Promise<Ask> {
    const peer = await this.#transport.dial(this.#address);
    const ask: Ask = async (
      { id, request: { encode }, answer: { decode }, timeoutMs, answerBytesMax },
      request,
    ) => decode(await this.#transport.request(peer, id, encode(request), { timeoutMs, answerBytesMax }));
    this.theirs = await ask(protocols.hello, this.#hello);
    return ask;
  }
}

export const peers: Readonly<Record<string, Attack>> = {
  peerHeaders: asking("peers that ask for all headers and bodies", async (ask, hello) => {
    const { headers } = await ask(protocols.headers, { locator: [hello.genesis], countMax: 512 });
    const hashes = Array.from({ length: 128 }, (_, index) => hello.tips[index % hello.tips.length]!);
    await ask(protocols.bodies, { hashes });
    return headers;
  }),
  peerStates: asking("peers that ask for the whole state", async (ask, { states, tips }, turn) => {
    const block = states[turn % Math.max(1, states.length)] ?? tips[0]!;
    await ask(protocols.stateRange, { block, owner: undefined, from: ZERO, bytesMax: 512 * 1_024 });
  }),
  peerGreetings: asking("peers that greet over and over", (ask, hello) => ask(protocols.hello, hello)),
};
