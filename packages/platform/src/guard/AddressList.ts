import { BlockList } from "node:net";
import { normalAddress } from "./address.ts";

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

export class AddressList {
  readonly texts: readonly string[];
  readonly #blocks = new BlockList();

  constructor(texts: readonly string[]) {
    this.texts = texts;
    for (const text of texts) {
      const network = parseNetwork(text);
      if (network !== undefined) this.#blocks.addSubnet(network.address, network.prefix, network.family);
    }
  }

  /** @param address normalized */
  has(address: string): boolean {
    return this.texts.length > 0 && this.#blocks.check(address, address.includes(":") ? "ipv6" : "ipv4");
  }
}

const MAPPED_BITS = 96;

/** Accepts `10.0.0.0/8`, `2001:db8::/32` or an address. */
export function parseNetwork(text: string): Network | undefined {
  const [, base = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = base.includes("%") ? undefined : normalAddress(base);
  if (address === undefined) return undefined;
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const bits = family === "ipv4" ? 32 : 128;
  if (length === undefined) return { address, prefix: bits, family };
  const isMapped = family === "ipv4" && base.includes(":");
  const prefix = Number(length) - (isMapped ? MAPPED_BITS : 0);
  return prefix < 0 || prefix > bits ? undefined : { address, prefix, family };
}

export function readNetworks(text: string): { readonly networks: string[]; readonly invalidLines: number[] } {
  const networks: string[] = [];
  const invalidLines: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const network = line.replace(/#.*$/, "").trim();
    if (network === "") continue;
    if (parseNetwork(network) === undefined) invalidLines.push(index + 1);
    else networks.push(network);
  }
  return { networks, invalidLines };
}
