/** Where a started network answers. */
export interface ReadyFacts {
  /** `http://127.0.0.1:8545` */
  readonly rpc: string;
  /** `ws://127.0.0.1:8545` */
  readonly ws: string;
  /** The service port: `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly chainId: number;
  /** Absolute; null when nothing is kept. */
  readonly dataDir: string | null;
}

/** What programs wait for: one line of JSON. */
export function readyLine(ready: ReadyFacts): string {
  const { rpc, ws, http, chainId, dataDir } = ready;
  return `${JSON.stringify({ event: "ready", rpc, ws, http, chainId, dataDir })}\n`;
}
