declare module "scs-solver" {
  interface Solution {
    readonly x: readonly number[];
    readonly info: { readonly iter: number; readonly pobj: number; readonly dobj: number };
    readonly status: number;
  }
  interface Scs {
    readonly ScsSettings: new () => object;
    setDefaultSettings(settings: object): void;
    solve(data: object, cone: object, settings: object): Solution;
  }
  export default function createScs(): Promise<Scs>;
}
