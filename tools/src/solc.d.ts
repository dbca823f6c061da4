/** The part of the Solidity compiler's JavaScript binding that the build uses. */
declare module "solc" {
  interface Solc {
    version(): string;
    /** Takes and gives Solidity's standard JSON. */
    compile(
      input: string,
      callbacks?: { readonly import: (path: string) => { contents: string } | { error: string } },
    ): string;
  }
  const solc: Solc;
  export default solc;
}
