import type { Transport as Libp2pTransport, Listener } from "@libp2p/interface";
import { CODE_TCP, type Multiaddr } from "@multiformats/multiaddr";

/** A paused @libp2p/tcp listener frees its port and keeps its connections. */
interface TcpListener extends Listener {
  readonly status: { readonly netConfig: { port?: number } };
  pause(): void;
  resume(): Promise<void>;
}

/** The node with the next key uses the same addresses. [LINK-1] */
export class Listeners {
  readonly #open: { readonly listener: TcpListener; readonly address: Multiaddr }[] = [];

  watched<Components>(
    create: (components: Components) => Libp2pTransport,
  ): (components: Components) => Libp2pTransport {
    return (components) => {
      const transport = create(components);
      const createListener = transport.createListener.bind(transport);
      transport.createListener = (options) => {
        const listener = createListener(options) as TcpListener;
        const listen = listener.listen.bind(listener);
        listener.listen = async (address) => {
          await listen(address);
          this.#open.push({ listener, address });
          listener.status.netConfig.port = portOf(listener);
        };
        return listener;
      };
      return transport;
    };
  }

  addresses(): string[] {
    return this.#open.map(({ listener, address }) =>
      address.toString().replace(/\/tcp\/0(?=\/|$)/, `/tcp/${portOf(listener)}`),
    );
  }

  pause(): void {
    for (const { listener } of this.#open) listener.pause();
  }

  async resume(): Promise<void> {
    const resumed = await Promise.allSettled(this.#open.map(({ listener }) => listener.resume()));
    for (const each of resumed) if (each.status === "rejected") throw each.reason;
  }
}

function portOf(listener: TcpListener): number {
  const components = listener.getAddrs()[0]?.getComponents() ?? [];
  return Number(components.find(({ code }) => code === CODE_TCP)?.value);
}
