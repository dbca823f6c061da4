/** What stands behind the origin that the console came from, as its server said in the page. */
interface OriginFacts {
  readonly parts: readonly string[];
  /** Whoever opens the console is signed in. */
  readonly isDevelopment: boolean;
}

/** Where no server said it: `vite` beside a devnet. */
const BESIDE_DEVNET: OriginFacts = { parts: ["chain", "reserves", "arbitrage"], isDevelopment: true };

export const origin: OriginFacts = readOrigin();

function readOrigin(): OriginFacts {
  if (typeof document === "undefined") return BESIDE_DEVNET;
  const told = document.querySelector<HTMLMetaElement>('meta[name="trellis"]')?.content;
  return told === undefined ? BESIDE_DEVNET : (JSON.parse(told) as OriginFacts);
}

export function hosts(part: string): boolean {
  return origin.parts.includes(part);
}

/** Where the API of the arbitrage service begins: beside others it stands behind a name. */
export const ARBITRAGE_API = origin.parts.length > 1 ? "/arbitrage/v1" : "/v1";

/** Where browsers are signed in. */
export const AUTH_API = `${hosts("reserves") ? "/v1" : ARBITRAGE_API}/auth`;
