interface OriginFacts {
  readonly parts: readonly string[];
  readonly isDevelopment: boolean;
}

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

export const ARBITRAGE_API = origin.parts.length > 1 ? "/arbitrage/v1" : "/v1";

export const AUTH_API = `${hosts("reserves") ? "/v1" : ARBITRAGE_API}/auth`;
