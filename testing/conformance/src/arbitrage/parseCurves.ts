export interface PublishedCurve {
  readonly id: string;
  /** `uv2` is a constant product, `pkpp` a price range of Uniswap v3, `carb` an order of Carbon. */
  readonly form: string;
  readonly exchange: string;
  readonly k: number;
  /** Virtual reserve of x. The virtual reserve of y is k / x. */
  readonly x: number;
  readonly xActual: number;
  readonly yActual: number;
  readonly fee: number;
  readonly tokenX: `0x${string}`;
  readonly tokenY: `0x${string}`;
  readonly decimalsX: number;
  readonly decimalsY: number;
  /** √k; only for price ranges. */
  readonly liquidity: number | undefined;
}

export function parseCurves(csv: string): PublishedCurve[] {
  const [header = "", ...rows] = csv.trim().split(/\r?\n/);
  const columns = header.split(",");
  return rows.map((row) => {
    const cells = cellsOf(row);
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? "";
    const params = cell("params");
    return {
      id: cell("cid"),
      form: cell("constr"),
      exchange: param(params, "exchange") ?? "",
      k: Number(cell("k")),
      x: Number(cell("x")),
      xActual: Number(cell("x_act")),
      yActual: Number(cell("y_act")),
      fee: Number(cell("fee")),
      tokenX: addressOf(param(params, "tknx_addr")),
      tokenY: addressOf(param(params, "tkny_addr")),
      decimalsX: Number(param(params, "tknx_dec")),
      decimalsY: Number(param(params, "tkny_dec")),
      liquidity: param(params, "L") === undefined ? undefined : Number(param(params, "L")),
    };
  });
}

function cellsOf(row: string): string[] {
  return [...row.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

function param(params: string, name: string): string | undefined {
  const [, text, number] = new RegExp(`'${name}': (?:'([^']*)'|([^,}]+))`).exec(params) ?? [];
  return text ?? number;
}

function addressOf(text: string | undefined): `0x${string}` {
  if (text === undefined || !/^0x[0-9a-fA-F]{40}$/.test(text)) throw new TypeError(`no address: ${text}`);
  return text.toLowerCase() as `0x${string}`;
}
