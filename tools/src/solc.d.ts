declare module "solc" {
  interface Solc {
    version(): string;
    /** `input` and the result are Solidity's Standard JSON. */
    compile(
      input: string,
      callbacks?: { readonly import: (path: string) => { contents: string } | { error: string } },
    ): string;
  }
  const solc: Solc;
  export default solc;
}
