declare module "solc" {
  interface Solc {
    version(): string;
    /** Standard JSON. */
    compile(
      input: string,
      callbacks?: { readonly import: (path: string) => { contents: string } | { error: string } },
    ): string;
  }
  const solc: Solc;
  export default solc;
}
