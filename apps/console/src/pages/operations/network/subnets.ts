export interface Subnet {
  readonly name: string;
  /** First byte of an IPv4 address; undefined for IPv6. */
  readonly block: number | undefined;
}

export function subnetOf(address: string): Subnet | undefined {
  const [, ip = address] = /^\/ip[46]\/([^/]+)/.exec(address) ?? [];
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/i.exec(ip);
  if (v4 !== null) {
    const [first, second] = [Number(v4[1]), Number(v4[2])];
    return first > 255 || second > 255 ? undefined : { name: `${first}.${second}.0.0/16`, block: first };
  }
  if (!/^[0-9a-f:]+$/i.test(ip) || !ip.includes(":")) return undefined;
  const [head = ""] = ip.split("::");
  const groups = [...head.split(":").filter((group) => group !== ""), "0", "0"].slice(0, 2);
  return {
    name: `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":")}::/32`,
    block: undefined,
  };
}

export const MAP_SIDE = 16;

/** Position on a 16 × 16 Hilbert curve. */
export function placeOf(block: number): readonly [x: number, y: number] {
  let [x, y, rest] = [0, 0, block];
  for (let side = 1; side < MAP_SIDE; side *= 2) {
    const right = 1 & (rest >> 1);
    const up = 1 & (rest ^ right);
    if (up === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
    x += side * right;
    y += side * up;
    rest >>= 2;
  }
  return [x, y];
}
