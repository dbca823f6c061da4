import { countText, shortHex } from "../../format/units.ts";
import type { SearchHitJson } from "../../live/chainTypes.ts";

export function wayTo(hit: SearchHitJson) {
  switch (hit.kind) {
    case "block":
      return { to: "/block/$id", params: { id: hit.hash } } as const;
    case "transaction":
      return { to: "/transaction/$hash", params: { hash: hit.hash } } as const;
    case "topic":
      return { to: "/topic/$topic", params: { topic: hit.topic } } as const;
    default:
      return { to: "/address/$address", params: { address: hit.address } } as const;
  }
}

export function nameOf(hit: SearchHitJson): string {
  switch (hit.kind) {
    case "block":
      return hit.number === null ? shortHex(hit.hash) : `block ${countText(Number(hit.number))}`;
    case "transaction":
      return shortHex(hit.hash);
    case "topic":
      return shortHex(hit.topic);
    case "token":
      return hit.symbol ?? hit.name ?? shortHex(hit.address);
    default:
      return `${hit.isContract ? "contract" : "account"} ${shortHex(hit.address)}`;
  }
}
