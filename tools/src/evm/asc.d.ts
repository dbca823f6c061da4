// What of AssemblyScript's compiler the build uses. Its own declarations declare a global `console` that hides
// Node's; tsconfig.json points here instead.
interface Result {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}

interface Host {
  readFile(name: string): string | null;
  writeFile(name: string, contents: string | Uint8Array): void;
  listFiles(): string[];
}

declare const asc: {
  readonly version: string;
  main(args: readonly string[], host: Host): Promise<Result>;
};

export default asc;
